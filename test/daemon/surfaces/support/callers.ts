import { ACTIONS } from '../../../../daemon/actions/index.js';
import { runCommandLine } from '../../../../daemon/surfaces/cli/index.js';
import type { WireError } from '../../../../protocol/index.js';
import type { DaemonUnderTest } from './daemon-under-test.js';
import { FakeClient } from './fake-bridge.js';

export interface Outcome {
  readonly result?: unknown;
  readonly error?: WireError;
}

export type Params = Record<string, unknown>;

/** One way of asking for an action, as a user of that surface would. */
export type Ask = (daemon: DaemonUnderTest, action: string, params: Params) => Promise<Outcome>;

const overWebSocket: Ask = async (daemon, action, params) => {
  const client = await FakeClient.open(daemon.port);
  await client.identify(daemon.token);
  const { result, error } = await client.request(action, params);
  await client.close();
  return error === undefined ? { result } : { error };
};

const overHttp: Ask = async (daemon, action, params) => {
  const response = await fetch(`http://127.0.0.1:${daemon.port}/api/actions/${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${daemon.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return (await response.json()) as Outcome;
};

/** Parameters as a person types them: what the action takes by position as words, the rest as flags. */
export function commandWords(action: string, params: Params): string[] {
  const places = (ACTIONS.find(({ name }) => name === action)?.positional ?? []).map((entry) => entry.replace(/\.\.\.$/, ''));
  // A place behind one that is left out can only be named by its flag.
  const firstLeftOut = places.findIndex((name) => params[name] === undefined);
  const placed = firstLeftOut === -1 ? places : places.slice(0, firstLeftOut);
  const words = placed.flatMap((name) => wordsOf(params[name]));
  const flags = Object.entries(params)
    .filter(([name, value]) => !placed.includes(name) && value !== undefined)
    .flatMap(([name, value]) => {
      const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (typeof value === 'boolean') return switchWords(flag, value);
      return [`--${flag}`, ...wordsOf(value)];
    });
  return [action, ...words, ...flags];
}

/** A switch that is on by default has only the flag that switches it off. */
function switchWords(flag: string, value: boolean): string[] {
  if (!value) return [`--no-${flag}`];
  return flag === 'wait' ? [] : [`--${flag}`];
}

function isPairs(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (!isPairs(value)) return [String(value)];
  const isPlain = Object.values(value).every((entry) => typeof entry !== 'object');
  return isPlain ? Object.entries(value).map(([name, entry]) => `${name}=${String(entry)}`) : [JSON.stringify(value)];
}

export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly note: string;
}

export async function grym(
  environment: Record<string, string>,
  words: readonly string[],
  signal = new AbortController().signal,
): Promise<CommandOutcome> {
  let out = '';
  let note = '';
  const terminal = { out: (text: string) => void (out += text), note: (text: string) => void (note += text), live: false, columns: 100 };
  const startDaemon = (): Promise<number> => Promise.reject(new Error('not in this test'));
  const code = await runCommandLine(words, { environment, terminal, signal, startDaemon });
  return { code, out, note };
}

const overCommandLine: Ask = async (daemon, action, params) => {
  const { out } = await grym(daemon.environment, [...commandWords(action, params), '--json']);
  const parsed = JSON.parse(out) as { error?: WireError };
  return parsed.error === undefined ? { result: parsed } : { error: parsed.error };
};

export const SURFACES: readonly (readonly [string, Ask])[] = [
  ['WebSocket', overWebSocket],
  ['HTTP', overHttp],
  ['command line', overCommandLine],
];
