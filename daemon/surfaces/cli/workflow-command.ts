import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Configuration } from '../../kernel/index.js';
import type { LibraryEntry, Mistake } from '../../workflow/index.js';
import { CommandEnded, EXIT_CODES } from './exit-codes.js';
import type { Terminal } from './terminal.js';

export interface WorkflowCommandOptions {
  readonly terminal: Terminal;
  readonly json: () => boolean;
  readonly configuration: () => Configuration;
}

/** The commands about workflow documents that need no daemon. */
export function workflowDocumentCommands(options: WorkflowCommandOptions): Command[] {
  return [
    new Command('validate')
      .description('Check workflow files without running them; points at the line and column of every mistake')
      .argument('<files...>', 'YAML files')
      .action((files: string[]) => validate(files, options)),
    new Command('schema').description('Print the JSON Schema of workflow files, for editors').action(async () => {
      const { discoverSteps, workflowJsonSchema } = await import('../../workflow/index.js');
      options.terminal.out(`${JSON.stringify(workflowJsonSchema((await discoverSteps()).facts), null, 2)}\n`);
    }),
  ];
}

async function validate(files: readonly string[], { terminal, json, configuration }: WorkflowCommandOptions): Promise<void> {
  // Loaded here: the other commands have no use for the catalogue of steps.
  const { builtInWorkflowFolder, checkWorkflowFiles, discoverSteps } = await import('../../workflow/index.js');
  const folders = { builtIn: builtInWorkflowFolder(), user: configuration().workflowFolder };
  const entries = checkWorkflowFiles([...new Set(files)], folders, (await discoverSteps()).facts);
  const wrong = entries.some(({ mistakes }) => mistakes.length > 0);
  if (json()) {
    const results = entries.map(({ fileName, name, mistakes }) => ({
      file: fileName,
      workflow: name,
      valid: mistakes.length === 0,
      mistakes,
    }));
    terminal.out(`${JSON.stringify({ valid: !wrong, files: results })}\n`);
  } else {
    for (const entry of entries) terminal.out(reportOf(entry));
  }
  if (wrong) throw new CommandEnded(EXIT_CODES.badUsage);
}

function reportOf({ fileName, name, compiled, mistakes }: LibraryEntry): string {
  if (compiled !== null) {
    const steps = compiled.maximumActivations;
    return `${fileName}: ${name} is valid (at most ${steps} ${steps === 1 ? 'step' : 'steps'} in a run)\n`;
  }
  const texts = new Map<string, readonly string[]>();
  return mistakes.map((mistake) => describeMistake(mistake, texts)).join('\n');
}

/** As compilers tell it: place, what is wrong, the line, and a mark under what is meant. */
function describeMistake(mistake: Mistake, texts: Map<string, readonly string[]>): string {
  const { file, line, column, length, message } = mistake;
  const lines = texts.get(file) ?? readFileSync(file, 'utf8').split('\n');
  texts.set(file, lines);
  const text = (lines[line - 1] ?? '').replace(/\r$/, '');
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  // Tabs stay tabs, so that the mark stands under what it means.
  const before = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  const mark = '^'.repeat(Math.max(1, Math.min(length, text.length - column + 1)));
  return `${file}:${line}:${column}: ${message}\n  ${number} | ${text}\n  ${gutter} | ${before}${mark}\n`;
}
