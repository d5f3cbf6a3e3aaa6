import type { BridgeDirectory, BridgeInfo, BridgeSlot, LaunchWhen } from '../../../daemon/audio/index.js';
import { GrymError } from '../../../daemon/kernel/index.js';
import type { ClipReference } from '../../../protocol/index.js';

export interface Delivery {
  readonly bridgeId: string;
  readonly slot: number;
  readonly hash: string | null;
  readonly revision: number;
}

/** Bridges without plugins: their slots are what was loaded last. */
export class FakeBridgeDirectory implements BridgeDirectory {
  readonly deliveries: Delivery[] = [];
  readonly launches: { bridgeId: string; slot: number | 'all'; when: LaunchWhen; kind: 'launch' | 'stop' }[] = [];
  /** Called for each delivery before it takes effect; may wait or throw. */
  hook: (delivery: Delivery, signal: AbortSignal) => Promise<void> = async () => undefined;
  private readonly bridges = new Map<string, BridgeInfo>();
  private readonly listeners = new Set<(bridgeId: string) => void>();

  connect(bridgeId: string, name = 'Bass', facts: Partial<BridgeInfo> = {}): void {
    this.bridges.set(bridgeId, { ...emptyBridge(bridgeId, name), ...this.bridges.get(bridgeId), ...facts, connected: true });
    for (const listener of this.listeners) listener(bridgeId);
  }

  disconnect(bridgeId: string): void {
    const bridge = this.bridges.get(bridgeId);
    if (bridge !== undefined) this.bridges.set(bridgeId, { ...bridge, connected: false });
  }

  list(): BridgeInfo[] {
    return [...this.bridges.values()];
  }

  resolve(nameOrId: string): BridgeInfo {
    const found = this.list().find((bridge) => bridge.bridgeId === nameOrId || bridge.name === nameOrId);
    if (found !== undefined) return found;
    throw new GrymError('GRYM_BRIDGE_UNKNOWN', {
      bridge: nameOrId,
      known: this.list()
        .map((bridge) => bridge.name)
        .join(', '),
    });
  }

  async loadSlot(bridgeId: string, slot: number, clip: ClipReference, revision: number, signal: AbortSignal): Promise<void> {
    await this.take({ bridgeId, slot, hash: clip.hash, revision }, signal);
  }

  async clearSlot(bridgeId: string, slot: number, revision: number, signal: AbortSignal): Promise<void> {
    await this.take({ bridgeId, slot, hash: null, revision }, signal);
  }

  async launch(bridgeId: string, slot: number, when: LaunchWhen): Promise<'launched'> {
    this.launches.push({ bridgeId, slot, when, kind: 'launch' });
    return 'launched';
  }

  async stop(bridgeId: string, slot: number | 'all', when: LaunchWhen): Promise<'stopped'> {
    this.launches.push({ bridgeId, slot, when, kind: 'stop' });
    return 'stopped';
  }

  onConnected(listener: (bridgeId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  slot(bridgeId: string, slot: number): BridgeSlot | undefined {
    return this.bridges.get(bridgeId)?.slots.find((entry) => entry.slot === slot);
  }

  /** Sets a slot as if the bridge had been told before. */
  place({ bridgeId, slot, hash, revision }: Delivery): void {
    const bridge = this.bridges.get(bridgeId);
    if (bridge === undefined) throw new Error(`no bridge ${bridgeId}`);
    const filled: BridgeSlot = {
      slot,
      state: hash === null ? 'empty' : 'ready',
      hash,
      clipName: hash,
      playback: 'stopped',
      offTempo: false,
      revision,
      problem: null,
    };
    this.bridges.set(bridgeId, { ...bridge, slots: [...bridge.slots.filter((entry) => entry.slot !== slot), filled] });
  }

  private async take(delivery: Delivery, signal: AbortSignal): Promise<void> {
    if (this.bridges.get(delivery.bridgeId)?.connected !== true) {
      throw new GrymError('GRYM_BRIDGE_ABSENT', { bridge: delivery.bridgeId });
    }
    await this.hook(delivery, signal);
    this.deliveries.push(delivery);
    this.place(delivery);
  }
}

function emptyBridge(bridgeId: string, name: string): BridgeInfo {
  return {
    bridgeId,
    name,
    host: 'test host',
    track: name,
    format: 'clap',
    connected: true,
    sampleRate: 44_100,
    maximumBlock: 512,
    transport: null,
    slots: [],
    segment: null,
    segmentProblem: null,
    lateCalls: 0,
    reconnects: 0,
    offers: [],
  };
}
