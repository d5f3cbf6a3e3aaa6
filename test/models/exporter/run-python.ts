import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

const PACKAGE_FOLDER = resolve('scripts/models');
const DEADLINE_MS = 30_000;

export interface PythonResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** Without installed packages (-S), so that PyTorch is missing everywhere; and without traces in the source folder. */
export function startPython(words: readonly string[]): ChildProcess {
  return spawn('python3', ['-S', ...words], {
    env: { ...process.env, PYTHONPATH: PACKAGE_FOLDER, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', COLUMNS: '200' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
}

export function resultOf(child: ChildProcess): Promise<PythonResult> {
  const text = { output: '', errors: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.output += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.errors += chunk));
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode, signal) => settle({ exitCode, signal, ...text }));
  });
}

export const runPython = (...words: string[]): Promise<PythonResult> => resultOf(startPython(words));

/** The exporter's command line. */
export const runExporter = (...words: string[]): Promise<PythonResult> => runPython('-m', 'grym_export', ...words);
