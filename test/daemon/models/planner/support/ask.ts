import { parse } from 'yaml';
import type { JsonObject } from '../../../../../daemon/kernel/index.js';
import { createServerPlanner } from '../../../../../daemon/models/planner/index.js';
import type { Plan, PlanOptions, PlanRequest } from '../../../../../daemon/models/plan.js';
import { openPlannerWorld } from '../../../../bench/planner/planner-world.js';
import { FakeChatServer, type FakeReply } from './fake-chat-server.js';

const world = await openPlannerWorld();
export const BRIDGE = { bridge: 'Keys' };
const NOTHING = { tempoBpm: null, key: null, metre: null, bars: null, instrument: null };

export const requestOf = (request: string, known: JsonObject = {}): PlanRequest => world.request(request, known);
export const options = (): PlanOptions => ({ signal: new AbortController().signal });

/** An answer as a model gives it. */
export function answer(steps: readonly unknown[], understood: object = {}, title = 'A plan'): string {
  return JSON.stringify({ understood: { ...NOTHING, ...understood }, title, steps });
}

export interface Asked {
  readonly plan: Plan;
  readonly server: FakeChatServer;
  /** Steps of the plan's document. */
  readonly steps: readonly { readonly id: string; readonly use?: string; readonly workflow?: string; readonly with: JsonObject }[];
}

/** Plans with a server that gives these replies. */
export async function ask(request: PlanRequest, ...replies: readonly FakeReply[]): Promise<Asked> {
  const server = new FakeChatServer(replies);
  const plan = await createServerPlanner({ chat: server, thoughtTokens: 100 }).plan(request, options());
  expect(request.check(plan.document)).toEqual([]);
  return { plan, server, steps: (parse(plan.document) as { steps: Asked['steps'] }).steps };
}
