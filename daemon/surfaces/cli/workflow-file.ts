import { readFile } from 'node:fs/promises';
import { runWorkflowAction, type ActionDeclaration } from '../../actions/index.js';
import { GrymError, messageOf } from '../../kernel/index.js';

/** `grym run-workflow ./mine.yaml`: the file is read here, where the user is, and its text is what the daemon gets. */
export async function withWorkflowFile(
  action: Pick<ActionDeclaration, 'name'>,
  params: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { workflow } = params;
  const isFile = action.name === runWorkflowAction.name && typeof workflow === 'string' && /\.ya?ml$/i.test(workflow);
  if (!isFile || params['document'] !== undefined) return { ...params };
  try {
    return { ...params, document: await readFile(workflow, 'utf8') };
  } catch (error) {
    throw new GrymError('GRYM_WORKFLOW_FILE_UNREADABLE', { path: workflow, reason: messageOf(error) }, { cause: error });
  }
}
