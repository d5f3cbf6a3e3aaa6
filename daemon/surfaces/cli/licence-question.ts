import { z } from 'zod';
import { listModelsAction, pullModelAction, type ActionDeclaration } from '../../actions/index.js';
import { RemoteError, type DaemonClient } from '../client/index.js';
import type { Terminal } from './terminal.js';

const listSchema = z.object({
  models: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      makers: z.string(),
      licence: z.object({ name: z.string(), meaning: z.string(), address: z.string() }),
    }),
  ),
});

export interface LicenceQuestion {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly client: Pick<DaemonClient, 'request'>;
}

/**
 * Runs an action; where a model is to be fetched and its licence was not accepted yet, shows it to whoever sits at the terminal and asks.
 * Elsewhere, and with --json, the daemon's refusal stands: it names the licence and the flag that accepts it.
 */
export async function askingForLicence(
  action: Pick<ActionDeclaration, 'name'>,
  params: Record<string, unknown>,
  { terminal, json, client }: LicenceQuestion,
  run: (params: Record<string, unknown>) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await run(params);
  } catch (error) {
    const isAsked = action.name === pullModelAction.name && error instanceof RemoteError && error.wire.code === 'GRYM_MODEL_LICENCE';
    const { confirm } = terminal;
    if (!isAsked || json || confirm === undefined) throw error;
    const { models } = listSchema.parse(await client.request(listModelsAction.name, {}));
    const model = models.find(({ id }) => id === params['model']);
    if (model === undefined) throw error;
    const { title, makers, licence } = model;
    terminal.note(`${title} (${makers}) is under the licence ${licence.name}.\n  ${licence.meaning}\n  ${licence.address}\n`);
    if (!(await confirm('Do you accept it? [y/N] '))) throw error;
    return run({ ...params, acceptLicence: licence.name });
  }
}
