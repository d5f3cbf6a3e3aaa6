import { readFile } from 'node:fs/promises';
import { decideAction, runWorkflowAction, type ActionDeclaration } from '../../actions/index.js';
import { GrymError, messageOf } from '../../kernel/index.js';

const isFileName = (value: unknown): value is string => typeof value === 'string' && /^[^\n]+\.ya?ml$/i.test(value);

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new GrymError('GRYM_WORKFLOW_FILE_UNREADABLE', { path, reason: messageOf(error) }, { cause: error });
  }
}

/**
 * `grym run-workflow ./mine.yaml`, `grym decide last run --document ./mine.yaml`: the file is read here, where the user is, and its
 * text is what the daemon gets.
 */
export async function withWorkflowFile(
  action: Pick<ActionDeclaration, 'name'>,
  params: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { workflow, document } = params;
  if (action.name === decideAction.name && isFileName(document)) return { ...params, document: await textOf(document) };
  if (action.name !== runWorkflowAction.name || !isFileName(workflow) || document !== undefined) return { ...params };
  return { ...params, document: await textOf(workflow) };
}
