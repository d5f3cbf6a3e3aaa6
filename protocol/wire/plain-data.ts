import { describeValue, formatPath, ProtocolError } from '../protocol-error.js';

interface Limits {
  readonly bytes: number;
  readonly depth: number;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Refuses a parsed value that the profile would refuse as MessagePack. */
export function checkPlainData(value: unknown, limits: Limits): void {
  copy(value, [], { ...limits, nodes: 0, repairText: false });
}

/**
 * A copy of plain data that can be encoded exactly: no `undefined`, no class instances, no NaN, no bigint, bounded depth. Halves
 * of surrogate pairs, which a user's JSON may contain, become U+FFFD.
 */
export function toPlainData(value: unknown, limits: Limits): unknown {
  return copy(value, [], { ...limits, nodes: 0, repairText: true });
}

interface Walk extends Limits {
  /** Every value takes at least a byte: counting them bounds the work, for a value that contains itself too. */
  nodes: number;
  readonly repairText: boolean;
}

/** Recursion is bounded by the depth limit, which is checked before it descends. */
function copy(value: unknown, path: readonly (string | number)[], walk: Walk): unknown {
  walk.nodes += 1;
  if (walk.nodes > walk.bytes) throw new ProtocolError('size', '$', `at most ${walk.bytes} bytes`, 'more');
  switch (typeof value) {
    case 'string':
      return copyText(value, path, walk);
    case 'number':
      if (!Number.isFinite(value)) return refuse(path, 'finite number', Number.isNaN(value) ? 'NaN' : 'infinity');
      return value;
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (path.length >= walk.depth) {
        throw new ProtocolError('depth', formatPath(path), `at most ${walk.depth} levels of nesting`, 'more');
      }
      if (Array.isArray(value)) return Array.from(value, (item: unknown, index) => copy(item, [...path, index], walk));
      return copyMap(value, path, walk);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return refuse(path, 'plain data', describeValue(value));
  }
}

function copyMap(map: object, path: readonly (string | number)[], walk: Walk): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(map);
  // A plain object of another realm (a worker's, a test's) has another Object.prototype, but that one has no prototype either.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) refuse(path, 'plain data', 'an object of a class');
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    if (key === '__proto__') refuse(path, 'another key', 'the reserved key __proto__');
    result[copyText(key, path, walk)] = copy(value, [...path, key], walk);
  }
  return result;
}

function copyText(text: string, path: readonly (string | number)[], walk: Walk): string {
  if (walk.repairText) return text.replace(LONE_SURROGATE, '\ufffd');
  return text.search(LONE_SURROGATE) < 0 ? text : refuse(path, 'text in UTF-8', 'half of a surrogate pair');
}

function refuse(path: readonly (string | number)[], expected: string, got: string): never {
  throw new ProtocolError('profile', formatPath(path), expected, got);
}
