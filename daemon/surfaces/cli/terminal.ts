/** Where the command line writes and what it knows of the place. */
export interface Terminal {
  /** For the result; what a script reads. */
  readonly out: (text: string) => void;
  /** For progress, notes and errors. */
  readonly note: (text: string) => void;
  /** Whether a person watches the notes, so that a line may be redrawn. */
  readonly live: boolean;
  readonly columns: number;
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

export function processTerminal(): Terminal {
  outliveReaders();
  return {
    out: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    live: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: process.stderr.columns ?? 80,
  };
}
