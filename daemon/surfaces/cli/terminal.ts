import { createInterface } from 'node:readline/promises';

/** Where the command line writes and what it knows of the place. */
export interface Terminal {
  /** For the result; what a script reads. */
  readonly out: (text: string) => void;
  /** For progress, notes and errors. */
  readonly note: (text: string) => void;
  /** Whether a person watches the notes, so that a line may be redrawn. */
  readonly live: boolean;
  readonly columns: number;
  /** Asks whoever sits there; false for anything but y or yes. Absent where nobody does. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

let guarded = false;

/** A reader that has gone (`grym list-clips | head`, a closed window) must not take the process with it. */
function outliveReaders(): void {
  if (guarded) return;
  guarded = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}

async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(question)).trim());
  } catch (error) {
    // Ctrl-D and Ctrl-C are no yes.
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    lines.close();
  }
}

export function processTerminal(): Terminal {
  outliveReaders();
  return {
    out: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    live: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: process.stderr.columns ?? 80,
    confirm: process.stdin.isTTY === true && process.stderr.isTTY === true ? confirm : undefined,
  };
}
