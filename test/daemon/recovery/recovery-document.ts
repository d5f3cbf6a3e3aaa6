import { ERROR_KINDS, type ErrorKind } from '../../../daemon/kernel/index.js';
import {
  BREAKER_POLICY,
  DEFAULT_RUN_RETRIES,
  MAXIMUM_INTERRUPTIONS,
  MAXIMUM_REDUCTIONS,
  RECOVERY_BY_CODE,
  RECOVERY_BY_KIND,
  type Procedure,
  type RecoveryPolicy,
} from '../../../daemon/recovery/index.js';
import { durationWords } from '../../../daemon/workflow/execution/recovery-words.js';

const PROCEDURE_WORDS: Readonly<Record<Procedure, string>> = {
  retry: 'retry',
  'other-provider': 'other provider',
  'smaller-settings': 'smaller settings',
  wait: 'wait',
  ask: 'ask',
  'give-up': 'give up',
};

function retries({ attempts, backoff }: RecoveryPolicy): string {
  if (attempts === 1) return 'none';
  const { initialMs, maximumMs } = backoff;
  const last = Math.min(initialMs * 2 ** (attempts - 2), maximumMs);
  const delays = attempts === 2 ? durationWords(initialMs) : `${durationWords(initialMs)} … ${durationWords(last)}`;
  return `${attempts - 1}, after ${delays}`;
}

function procedures({ procedures: names, waitsMs }: RecoveryPolicy): string {
  const words = (name: Procedure): string =>
    name === 'wait' ? `wait ${waitsMs.map(durationWords).join(', then ')}` : PROCEDURE_WORDS[name];
  return names.map(words).join(' → ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)];
}

const OPEN = 'not tried (`GRYM_PROVIDER_RESTING`): the next provider, else its rest is waited for, else ask, else failed';

/** What a failure does to the breaker of its provider. */
export function breakerCells({ breaker }: Pick<RecoveryPolicy, 'breaker'>): string[] {
  const { threshold, longestRestMs } = BREAKER_POLICY;
  if (breaker === 'no-effect')
    return ['stays closed, its count as it was', OPEN, 'stays half-open; the next attempt decides', 'as before the failure'];
  const again = `open again, for twice as long, at most ${durationWords(longestRestMs)}`;
  return [`counts; number ${threshold} in a row opens it`, OPEN, again, 'count and rest are kept'];
}

const EXAMPLES: Readonly<Record<ErrorKind, string>> = {
  transient: 'a refused or reset connection, a bridge that is not connected',
  timeout: 'an attempt that took longer than its deadline',
  resource: 'no space, no memory, too many open files, threads that do not become free',
  'invalid-input': 'a file that is not there, a parameter that the step refuses',
  'model-fault': 'a model process that died, an answer that breaks its schema',
  cancelled: 'a cancelled run, work that was called off',
  fatal: 'a bug, a damaged database',
};

export function recoveryDocument(): string {
  const kinds = ERROR_KINDS.map((kind) => ({ kind, policy: RECOVERY_BY_KIND[kind] }));
  const { threshold, firstRestMs, longestRestMs } = BREAKER_POLICY;
  const lines = [
    '# Recovery',
    '',
    '<!-- Generated from the source by `npm run docs:reference`; a test compares them. -->',
    '',
    'What follows when a step fails. It is decided by the kind of its error ([errors.md](errors.md) names the kind of each); the table is data in',
    '`daemon/recovery/recovery-table.ts`, which the daemon runs on, and a test drives each row by a failure that really happens.',
    '',
    '## By kind of error',
    '',
    'Retries come first, then the procedures from left to right, each where it is possible; another provider, or smaller settings, get retries of',
    'their own. A delay is drawn from the upper half of its range, and the range doubles with each retry.',
    '',
    ...table(
      ['kind', 'such as', 'retries', 'then, in this order', 'end'],
      kinds.map(({ kind, policy }) => [`**${kind}**`, EXAMPLES[kind], retries(policy), procedures(policy), policy.end]),
    ),
    '',
    '- **other provider**: the next one of the capability that has not failed in this step and does not rest.',
    `- **smaller settings**: where the step knows settings that need less; at most ${MAXIMUM_REDUCTIONS} times.`,
    '- **wait**: one further attempt after a pause in which nothing is held.',
    '- **ask**: only in runs that were started with `--when-stuck ask`; the run waits in the state `waiting-for-decision`, for days if need be, until',
    '  `grym decide RUN retry`, `smaller-settings` or `give-up`.',
    '- **give up**: the step ends as the last column says. Where the workflow says `onFailure: continue` the run goes on without its result, else',
    '  the run ends in the same way; `grym show-run RUN` then says what failed, what was tried and what can be done, with one command for each.',
    '',
    'These errors have ways of their own:',
    '',
    ...table(
      ['error', 'retries', 'then, in this order', 'why'],
      Object.entries(RECOVERY_BY_CODE).map(([code, policy]) => [`\`${code}\``, retries(policy), procedures(policy), policy.why]),
    ),
    '',
    '## Bounds',
    '',
    `- A run makes at most ${DEFAULT_RUN_RETRIES} further attempts, all its steps and all processes together; the count is in the journal.`,
    '- A workflow may set `attempts` of a step: so many failures, over all that the table would do. It brings no retry where the table has none.',
    `- A start that the death of the daemon ended is no failure of the step; after ${MAXIMUM_INTERRUPTIONS} of them in one step it is given up (\`GRYM_RUN_EXHAUSTED\`).`,
    '- No attempt is begun that could only end after the deadline of the run.',
    '- An attempt that was told to stop gets a second to do so before its threads and memory are given to others.',
    '',
    '## Circuit breakers',
    '',
    `Each provider has one. It is **closed** while the provider works. ${threshold} failures in a row make it **open**: nobody uses the provider for`,
    `${durationWords(firstRestMs)}, and twice as long with each further opening, at most ${durationWords(longestRestMs)}. After that it is **half-open**: one attempt is let through; if it`,
    'works, the breaker is closed and all is forgotten. A rest goes on over a restart of the daemon by the wall clock, and is never longer than it',
    'was, however the clock was set meanwhile. `grym list-providers` shows who rests and why; `grym retry-provider <provider>` ends a rest:',
    'then the next attempt decides. What a failure does to the breaker of the provider that it happened with:',
    '',
    ...table(
      ['kind', 'closed', 'open', 'half-open', 'across a restart'],
      kinds.map(({ kind, policy }) => [`**${kind}**`, ...breakerCells(policy)]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export const RECOVERY_DOCUMENT = 'docs/reference/recovery.md';
