import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { GrymError, messageOf, systemCodeOf } from '../kernel/index.js';
import { defineAction } from './define-action.js';
import { resolveRun, runParameter } from './run-reference.js';

export const exportHistoryAction = defineAction({
  name: 'export-history',
  help: 'Write all that a run was and did into a JSON file: definition, inputs, every result, context',
  params: z.strictObject({
    run: runParameter,
    file: z
      .string()
      .min(1)
      .max(4_000)
      .refine(isAbsolute, 'an absolute path')
      .optional()
      .describe('Path of the file, which must not be there yet; else history-<run>.json in the folder histories beside the clips')
      .meta({ isPath: true }),
  }),
  result: z.strictObject({ runId: z.string(), file: z.string(), activations: z.int(), bytes: z.int() }),
  danger: 'changes',
  performanceSafe: false,
  positional: ['run', 'file'],
  async handler({ workflow, library }, { run, file }) {
    const { runId } = resolveRun(workflow, run);
    const history = workflow.history(runId);
    const text = `${JSON.stringify(history, null, 2)}\n`;
    const path = file ?? join(dirname(library.folder), 'histories', `history-${runId}.json`);
    // An export of one's own may be made again; a file that was named is never overwritten.
    await writeNew(path, text, file === undefined);
    return { runId, file: path, activations: history.activations.length, bytes: Buffer.byteLength(text) };
  },
});

async function writeNew(path: string, text: string, mayReplace: boolean): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { flag: mayReplace ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const reason = systemCodeOf(error) === 'EEXIST' ? 'there is a file already, and none is overwritten' : messageOf(error);
    throw new GrymError('GRYM_HISTORY_UNWRITABLE', { path, reason }, { cause: error });
  }
}
