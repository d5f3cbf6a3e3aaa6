import { PROTOCOL_VERSIONS } from './messages/index.js';

/** The newest version that both sides speak; null where there is none, which closes with `unsupportedProtocol`. */
export function negotiateVersion(theirs: readonly number[], ours: readonly number[] = PROTOCOL_VERSIONS): number | null {
  const common = ours.filter((version) => theirs.includes(version));
  return common.length === 0 ? null : Math.max(...common);
}
