import { MAXIMUM_MESSAGE_DEPTH } from '../messages/index.js';
import { packValue } from './golden-pack.js';

interface FrameProblem {
  readonly name: string;
  readonly reason: string;
  readonly path: string;
  readonly bytes: string;
}
export interface FrameVectors {
  readonly comment: string;
  /** Frames of types that nobody knows: C++ decodes them to `Unknown`, TypeScript refuses them with the reason `type`. */
  readonly unknownTypes: readonly { readonly name: string; readonly type: string; readonly bytes: string }[];
  readonly invalid: readonly FrameProblem[];
}

/** Frames that are refused whatever the message: inside of `params`, which the schemas leave open, so that only the profile decides. */
export function frameVectors(): FrameVectors {
  const inParams = (name: string, inner: string | Uint8Array, reason = 'profile', path = '$.params.x'): FrameProblem => {
    const ready = typeof inner === 'string' ? Buffer.from(inner, 'hex') : inner;
    return frame(name, reason, path, packValue({ type: 'request', id: 1, action: 'a', params: { x: ready } }, 'compact'));
  };
  return {
    comment: 'Client frames. Written by protocol/generator; checked by TypeScript and C++.',
    unknownTypes: [
      { name: 'a newer message', type: 'teleport', bytes: packValue({ type: 'teleport', to: [1, 2] }, 'compact').toString('hex') },
      { name: 'a name of an object property', type: 'constructor', bytes: packValue({ type: 'constructor' }, 'compact').toString('hex') },
      { name: 'a daemon message from a client', type: 'hello', bytes: packValue({ type: 'hello' }, 'compact').toString('hex') },
    ],
    invalid: [
      frame('no bytes', 'syntax', '$', Buffer.alloc(0)),
      frame('a map cut off in a key', 'syntax', '$', Buffer.from('81a474', 'hex')),
      frame('a map without its last value', 'syntax', '$', Buffer.from('81a474797065', 'hex')),
      frame('a list that claims 2^32 - 1 items', 'syntax', '$', Buffer.from('ddffffffff', 'hex')),
      frame('a map that claims 2^32 - 1 entries', 'syntax', '$', Buffer.from('dfffffffff', 'hex')),
      frame('text that claims 2^32 - 1 bytes', 'syntax', '$', Buffer.from('dbffffffff61', 'hex')),
      frame('the unused head byte', 'syntax', '$', Buffer.from('c1', 'hex')),
      frame(
        'a byte behind the message',
        'syntax',
        '$',
        Buffer.concat([packValue({ type: 'cancel', id: 1 }, 'compact'), Buffer.from('c0', 'hex')]),
      ),
      frame(
        'two messages',
        'syntax',
        '$',
        Buffer.concat([packValue({ type: 'cancel', id: 1 }, 'compact'), packValue({ type: 'cancel', id: 2 }, 'compact')]),
      ),
      frame('null', 'value', '$', Buffer.from('c0', 'hex')),
      frame('a list', 'value', '$', packValue(['cancel', 1], 'compact')),
      frame('text', 'value', '$', packValue('cancel', 'compact')),
      frame('no type', 'value', '$.type', packValue({ id: 1 }, 'compact')),
      frame('a number as type', 'value', '$.type', packValue({ type: 4, id: 1 }, 'compact')),
      frame('null as type', 'value', '$.type', packValue({ type: null, id: 1 }, 'compact')),
      frame('a number as key', 'profile', '$', Buffer.from('8101a161', 'hex')),
      frame('a list as key', 'profile', '$', Buffer.from('819001', 'hex')),
      frame(
        'the key __proto__',
        'profile',
        '$',
        packValue(
          Object.fromEntries([
            ['type', 'cancel'],
            ['__proto__', 1],
          ]),
          'compact',
        ),
      ),
      frame('nested on and on', 'depth', `$${'[0]'.repeat(MAXIMUM_MESSAGE_DEPTH)}`, Buffer.alloc(1000, 0x91)),
      inParams(
        'nested one level too deep',
        Buffer.concat([Buffer.alloc(MAXIMUM_MESSAGE_DEPTH - 2, 0x91), Buffer.from([0x90])]),
        'depth',
        `$.params.x${'[0]'.repeat(MAXIMUM_MESSAGE_DEPTH - 2)}`,
      ),
      inParams('binary', 'c40100'),
      inParams('an empty extension', 'c70001'),
      inParams('a timestamp', 'd6ff00000000'),
      inParams('a long extension', 'd8010000000000000000000000000000000000'),
      inParams('a record extension of msgpackr', 'd47240'),
      inParams('undefined of msgpackr', 'd40000'),
      inParams('NaN', 'cb7ff8000000000000'),
      inParams('NaN as float32', 'ca7fc00000'),
      inParams('infinity', 'cb7ff0000000000000'),
      inParams('minus infinity as float32', 'caff800000'),
      inParams('2^53', 'cf0020000000000000'),
      inParams('2^64 - 1', 'cfffffffffffffffff'),
      inParams('2^63 - 1 as a signed integer', 'd37fffffffffffffff'),
      inParams('-2^53', 'd3ffe0000000000000'),
      inParams('-2^63', 'd38000000000000000'),
      inParams('text that starts with a continuation byte', 'a180'),
      inParams('an overlong slash', 'a2c0af'),
      inParams('half of a surrogate pair', 'a3eda080'),
      inParams('a character above U+10FFFF', 'a4f4908080'),
      inParams('text cut inside a character', 'a2e282'),
      inParams('a hostile key', packValue({ 'a\nb': Buffer.from('c1', 'hex').subarray(0, 0) }, 'compact'), 'syntax', '$'),
      inParams(
        'NaN below a hostile key',
        packValue({ 'a\nb': Buffer.from('cb7ff8000000000000', 'hex') }, 'compact'),
        'profile',
        '$.params.x[?]',
      ),
      inParams(
        'NaN as the second of a list',
        packValue([1, Buffer.from('cb7ff8000000000000', 'hex')], 'compact'),
        'profile',
        '$.params.x[1]',
      ),
    ],
  };
}

function frame(name: string, reason: string, path: string, bytes: Buffer): FrameProblem {
  return { name, reason, path, bytes: bytes.toString('hex') };
}
