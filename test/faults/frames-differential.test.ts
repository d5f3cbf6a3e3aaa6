import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../protocol/generator/comments.js';
import { decodeClientMessage, decodeDaemonMessage, ProtocolError, SUBPROTOCOLS } from '../../protocol/index.js';
import { FrameMutator, readGoldenFrames } from './mutate-frames.js';

const frameCount = Number(process.env['GRYM_FUZZ_FRAMES'] ?? 20_000);
const seed = Number(process.env['GRYM_FUZZ_SEED'] ?? 1);

interface Verdict {
  readonly line: string;
  /** C++ ignores keys that it does not know; what it says of the rest of the message is its own. */
  readonly unknownKey: boolean;
}

function judgeInTypeScript(sender: 'client' | 'daemon', frame: Buffer): Verdict {
  const decode = sender === 'client' ? decodeClientMessage : decodeDaemonMessage;
  try {
    return { line: `message ${decode(frame, SUBPROTOCOLS.msgpack).type}`, unknownKey: false };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.reason === 'type') return { line: 'unknown', unknownKey: false };
    return { line: `refused ${error.reason} ${error.path}`, unknownKey: error.got.startsWith('unknown key') };
  }
}

function judgeInCpp(questions: readonly string[]): string[] {
  const program = join(packageRoot(), 'build', 'tests', 'bin', 'protocol_judge');
  const result = spawnSync(program, { input: questions.join('\n'), encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (result.error) throw result.error;
  expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
  return result.stdout.trimEnd().split('\n');
}

test(`TypeScript and C++ agree on ${frameCount} mutated frames: the message, or the reason and the place`, () => {
  const mutator = new FrameMutator(readGoldenFrames('both'), seed);
  const questions = Array.from({ length: frameCount }, (_unused, index) => {
    return { sender: index % 2 === 0 ? ('client' as const) : ('daemon' as const), frame: mutator.next() };
  });
  const answers = judgeInCpp(questions.map(({ sender, frame }) => `${sender} ${frame.toString('hex')}`));
  expect(answers).toHaveLength(frameCount);
  // Agreement on one kind of verdict alone would prove little.
  for (const kind of [/^message/, /^unknown/, /^refused syntax/, /^refused profile/, /^refused depth/, /^refused value/]) {
    expect(answers.filter((answer) => kind.test(answer)).length).toBeGreaterThan(frameCount / 500);
  }
  const disagreements = questions.flatMap(({ sender, frame }, index) => {
    const ours = judgeInTypeScript(sender, frame);
    const theirs = answers[index];
    const allowed = ours.unknownKey ? /^(message |refused value )/.test(theirs ?? '') : theirs === ours.line;
    return allowed ? [] : [`${sender} ${frame.toString('hex')}: TypeScript ${ours.line}, C++ ${theirs}`];
  });
  expect(disagreements.slice(0, 5)).toEqual([]);
}, 120_000);
