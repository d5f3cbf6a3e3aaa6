import type { BridgeDirectory, BridgeInfo } from '../audio/index.js';
import { GrymError } from '../kernel/index.js';
import type { Caller } from './declaration.js';

/** The bridge that is meant where none is named: the one that asks, else the only one that is connected. */
export type DefaultBridge =
  | { readonly kind: 'one'; readonly bridge: BridgeInfo }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly bridges: readonly BridgeInfo[] };

export function defaultBridge(bridges: BridgeDirectory, caller: Caller): DefaultBridge {
  const connected = bridges.list().filter((bridge) => bridge.connected);
  const own = connected.find((bridge) => bridge.bridgeId === caller.bridgeId);
  const only = own ?? (connected.length === 1 ? connected[0] : undefined);
  if (only !== undefined) return { kind: 'one', bridge: only };
  return connected.length === 0 ? { kind: 'none' } : { kind: 'several', bridges: connected };
}

/** For actions that need a bridge. */
export function targetBridge(bridges: BridgeDirectory, caller: Caller, named: string | undefined): BridgeInfo {
  if (named !== undefined) return bridges.resolve(named);
  const found = defaultBridge(bridges, caller);
  if (found.kind === 'one') return found.bridge;
  if (found.kind === 'none') {
    const known =
      bridges
        .list()
        .map((bridge) => `"${bridge.name}" (not connected)`)
        .join(', ') || 'none';
    throw new GrymError('GRYM_BRIDGE_UNKNOWN', { bridge: 'that is connected', known });
  }
  throw new GrymError('GRYM_BRIDGE_AMBIGUOUS', { count: found.bridges.length, known: bridgeNames(found.bridges) });
}

export function bridgeNames(bridges: readonly BridgeInfo[]): string {
  return bridges.map((bridge) => `"${bridge.name}" (${bridge.bridgeId.slice(0, 8)})`).join(', ');
}
