import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../../daemon/kernel/index.js';

/** What a campaign asks for, and what it does with the run then. Everything is a function of round and index. */
export interface CampaignRequest {
  /** Request key: names the run over all processes. */
  readonly key: string;
  readonly workflow: string;
  readonly inputs: JsonObject;
  readonly seed: number;
  readonly priority: number;
  /** Name of the bridge that the run is for. */
  readonly bridge?: string;
  /** Cancelled as soon as it is accepted, or while a step of it is carried out; it would not end by itself. */
  readonly cancel?: 'at-once' | 'under-way';
  /** Run again from a step with other inputs as soon as it has ended well. */
  readonly rerun?: { readonly key: string; readonly from: string; readonly params: JsonObject };
}

const NEVER_MS = 86_400_000;
// A step that takes a while to stop, as real work does.
const LINGERS_MS = 20;
const PRIORITIES = [0, 0, 5, -5];

/** What is answered where a run asks: the same for every execution of it. */
export function campaignAnswer(key: string, options: readonly string[]): string {
  const word = createHash('sha256').update(key).digest().readUInt32BE(0);
  return options[word % options.length] ?? '';
}

/** One run of each kind there is. */
export function campaignRound(round: number): CampaignRequest[] {
  const kinds: (Omit<CampaignRequest, 'key' | 'seed' | 'priority' | 'inputs'> & {
    readonly inputs?: JsonObject;
    readonly name?: string;
  })[] = [
    { workflow: 'campaign-chain', rerun: { key: `${round}/rerun`, from: 'end', params: { value: `edited in round ${round}` } } },
    { workflow: 'campaign-candidates', inputs: { candidates: 1 + (round % 5) } },
    { workflow: 'campaign-loop' },
    { workflow: 'campaign-nested' },
    { workflow: 'campaign-decision' },
    { workflow: 'campaign-retries' },
    { workflow: 'campaign-failing' },
    { workflow: 'campaign-cached', inputs: { shared: `of rounds ${Math.floor(round / 3)}` } },
    { workflow: 'campaign-memory' },
    { workflow: 'campaign-chain', name: 'cancelled', inputs: { milliseconds: NEVER_MS }, cancel: 'at-once' },
    { workflow: 'campaign-slot', name: 'slot-a', bridge: 'A', inputs: { bridge: 'A', slot: round % 16 } },
    { workflow: 'campaign-slot', name: 'slot-b', bridge: 'B', inputs: { bridge: 'B', slot: round % 16 } },
    { workflow: 'campaign-plan' },
    { workflow: 'campaign-plan', name: 'plan-stopped', inputs: { milliseconds: NEVER_MS, lingers: LINGERS_MS }, cancel: 'under-way' },
    { workflow: 'campaign-chain', name: 'stopped', inputs: { milliseconds: NEVER_MS, lingers: LINGERS_MS }, cancel: 'under-way' },
  ];
  return kinds.map(({ name, inputs, ...kind }, index) => {
    const key = `${round}/${name ?? kind.workflow.replace('campaign-', '')}`;
    const priority = PRIORITIES[(round + index) % PRIORITIES.length] ?? 0;
    return { ...kind, key, seed: round * 100 + index, priority, inputs: { text: key, ...inputs } };
  });
}
