import { Command } from 'commander';
import { listWorkflowsAction, runWorkflowAction, showWorkflowAction, type ActionDeclaration } from '../../actions/index.js';
import { actionCommand, type RunAction } from './action-command.js';

/** The same actions under the words that come to mind first. */
const SHORT_NAMES: readonly (readonly [string, ActionDeclaration])[] = [
  ['run', runWorkflowAction],
  ['list', listWorkflowsAction],
  ['show', showWorkflowAction],
];

/** `grym workflow …`; `own` are commands that no action stands behind. */
export function workflowGroup(run: RunAction, own: readonly Command[]): Command {
  const group = new Command('workflow').description('Workflows: run, list, show and check them');
  for (const [name, action] of SHORT_NAMES) group.addCommand(actionCommand(action, run, name));
  for (const command of own) group.addCommand(command);
  return group;
}
