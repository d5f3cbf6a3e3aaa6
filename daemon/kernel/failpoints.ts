/**
 * Named places where a test can make this process die or fail. Nothing happens unless GRYM_FAILPOINTS is set:
 *   GRYM_FAILPOINTS="run.accepted=kill"        SIGKILL at the first pass
 *   GRYM_FAILPOINTS="blob.written=kill@3"      at the third pass
 *   GRYM_FAILPOINTS="blob.writing=ENOSPC"      throw as the system would, at every pass
 */
export const FAILPOINTS = [
  // A run is accepted.
  'run.accepting',
  'run.journalling',
  'run.accepted',
  // A step starts.
  'step.starting',
  'step.prepared',
  'step.started',
  // A step's result is committed, with the start of what follows.
  'step.finished',
  'step.committing',
  'step.committed',
  // A step is tried again after a failure.
  'step.retrying',
  // Results of steps in the cache.
  'cache.stored',
  'cache.hit',
  // A step waits, and is answered or run again.
  'wait.journalling',
  'wait.journalled',
  'decision.journalling',
  'decision.journalled',
  // A run shares results of another one.
  'rerun.sharing',
  'rerun.accepted',
  // A step carries out a plan: a run that is part of its own begins, and ends.
  'part.accepting',
  'part.begun',
  'part.ended',
  // The queue is paused or goes on.
  'queue.pausing',
  'queue.paused',
  // A run's context: a change in the journal, the index for queries, the document.
  'context.journalled',
  'context.indexed',
  'document.writing',
  'document.written',
  'document.kept',
  'document.renamed',
  // Clips and slots.
  'generate.finished',
  'blob.writing',
  'blob.written',
  'blob.renamed',
  'clip.filed',
  'clip.indexed',
  'slot.assigned',
  'slot.delivered',
  'slot.committed',
  // A run is stopped from outside while steps of it are carried out.
  'run.stopping',
  'run.stopped',
  // A run ends; the oldest are forgotten.
  'run.finishing',
  'run.forgetting',
  'run.finished',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

interface ArmedFailpoint {
  readonly effect: string;
  /** The pass at which it acts; 0 = every pass. */
  readonly pass: number;
  passes: number;
}

function parse(text: string): Map<string, ArmedFailpoint> {
  const armed = new Map<string, ArmedFailpoint>();
  for (const part of text.split(',').filter((entry) => entry !== '')) {
    const match = /^([a-z.-]+)=(kill|E[A-Z]+)(?:@(\d+))?$/.exec(part.trim());
    const [, name, effect, pass] = match ?? [];
    if (name === undefined || effect === undefined || !(FAILPOINTS as readonly string[]).includes(name)) {
      throw new Error(`GRYM_FAILPOINTS: expected <failpoint>=kill|E…[@pass], got "${part}"`);
    }
    armed.set(name, { effect, pass: pass === undefined ? (effect === 'kill' ? 1 : 0) : Number(pass), passes: 0 });
  }
  return armed;
}

let source: string | undefined;
let armedFailpoints = new Map<string, ArmedFailpoint>();

export function failpoint(name: Failpoint): void {
  const text = process.env['GRYM_FAILPOINTS'];
  if (text === undefined || text === '') return;
  if (text !== source) {
    armedFailpoints = parse(text);
    source = text;
  }
  const armed = armedFailpoints.get(name);
  if (armed === undefined) return;
  armed.passes += 1;
  if (armed.pass !== 0 && armed.passes !== armed.pass) return;
  if (armed.effect === 'kill') {
    process.kill(process.pid, 'SIGKILL');
    return;
  }
  throw Object.assign(new Error(`${armed.effect}: failpoint ${name}`), { code: armed.effect });
}
