/**
 * Named places where a test can make this process die or fail. Nothing happens unless GRYM_FAILPOINTS is set:
 *   GRYM_FAILPOINTS="run.accepted=kill"        SIGKILL at the first pass
 *   GRYM_FAILPOINTS="blob.written=kill@3"      at the third pass
 *   GRYM_FAILPOINTS="blob.writing=ENOSPC"      throw as the system would, at every pass
 */
export const FAILPOINTS = [
  'run.accepting',
  'run.accepted',
  'step.started',
  'generate.finished',
  'blob.writing',
  'blob.written',
  'blob.renamed',
  'clip.filed',
  'clip.indexed',
  'clip.committed',
  'slot.assigned',
  'slot.delivered',
  'slot.committed',
  'run.finishing',
  'run.finished',
  'context.journalled',
  'context.indexed',
  'document.writing',
  'document.written',
  'document.kept',
  'document.renamed',
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
