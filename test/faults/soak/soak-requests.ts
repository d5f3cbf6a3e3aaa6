import type { JsonObject } from '../../../daemon/kernel/index.js';
import { FAILURE_KINDS } from '../../daemon/workflow/campaign-steps/campaign-steps.js';
import type { SeededRandom } from '../frames-random.js';

export interface SoakRequest {
  readonly workflow: string | { readonly text: string; readonly fileName: string };
  readonly inputs: JsonObject;
}

export type Fault = 'none' | 'cancel' | 'deadline';

const TEXTS = 12;
const NEVER_MS = 86_400_000;
const ANYWAY = ['campaign-chain', 'campaign-candidates', 'campaign-loop', 'campaign-nested', 'campaign-decision', 'campaign-cached'];

/** A step that fails `times` times by a kind, alone in a workflow that is handed in. */
function failing(kind: string, times: number): SoakRequest['workflow'] {
  const text = `workflow: soak-${kind}-${times}
version: 1
title: Fails by ${kind}
help: One step that fails ${times} times, between two that do not.
inputs:
  text: { type: text, help: What the results are a function of }
steps:
  - id: begin
    use: hash
    with:
      value: \${ inputs.text }
  - id: fail
    use: fail
    with:
      kind: ${kind}
      times: ${times}
      value: \${ steps.begin.digest }
  - id: end
    use: hash
    with:
      value: \${ steps.fail.digest }
outputs:
  digest: \${ steps.end.digest }
`;
  return { text, fileName: `soak-${kind}-${times}.yaml` };
}

/** A request whose undisturbed result is known after it was made once: there is a bounded number of different ones. */
export function randomRequest(random: SeededRandom): SoakRequest {
  const text = `text ${random.below(TEXTS)}`;
  if (random.below(10) === 0) return { workflow: failing(random.pick(FAILURE_KINDS), random.pick([1, 1_000_000])), inputs: { text } };
  const workflow = random.pick(ANYWAY);
  if (workflow === 'campaign-candidates') return { workflow, inputs: { text, candidates: 1 + random.below(4), milliseconds: 0 } };
  if (workflow === 'campaign-chain') return { workflow, inputs: { text, milliseconds: random.pick([0, 0, 0, 3]) } };
  if (workflow === 'campaign-cached') return { workflow, inputs: { text, shared: text } };
  return { workflow, inputs: { text } };
}

/** One that does not end by itself: it is cancelled, or its deadline passes. */
export function endlessRequest(random: SeededRandom): SoakRequest {
  return { workflow: 'campaign-chain', inputs: { text: `text ${random.below(TEXTS)}`, milliseconds: NEVER_MS } };
}

export const requestName = ({ workflow, inputs }: SoakRequest): string =>
  `${typeof workflow === 'string' ? workflow : workflow.fileName} ${JSON.stringify(inputs)}`;
