import type {
  AttachedSegment,
  BridgeInfo,
  BridgeSlot,
  BridgeTransport,
  CaptureSource,
  SegmentStatus,
  SlotOffer,
  SlotPlayback,
} from '../../audio/index.js';
import type { GrymError } from '../../kernel/index.js';
import { SLOT_COUNT, type BridgeFacts, type CloseCodeName, type DaemonMessage, type SlotReport } from '../../../protocol/index.js';

/** The way to the plugin while it is connected. */
export interface BridgeLink {
  send(message: DaemonMessage): void;
  close(name: CloseCodeName, error: GrymError): void;
}

/** A change of a slot that the bridge has been asked for and has not yet reported. */
export interface PendingChange {
  readonly revision: number;
  readonly wanted: 'ready' | 'empty';
  readonly resolve: () => void;
  readonly reject: (error: GrymError) => void;
}

/** How the record names things for people. */
export interface Naming {
  readonly clipName: (hash: string) => string | null;
  readonly offers: (bridgeId: string) => readonly SlotOffer[];
}

const PLAYBACK_AFTER = {
  armed: 'armed',
  launched: 'playing',
  disarmed: 'stopped',
  'slot-ended': 'stopped',
  paused: 'paused',
  resumed: 'playing',
} as const satisfies Record<string, SlotPlayback>;

/** Everything the daemon knows of one bridge; outlives the connection, so that a reopened project is recognised. */
export class BridgeRecord {
  link: BridgeLink | null = null;
  segment: AttachedSegment | null = null;
  /** Why there is no segment although the bridge named one. */
  attachProblem: string | null = null;
  lateCalls = 0;
  reconnects = 0;
  disconnectedAtMs = 0;
  readonly pending = new Map<number, PendingChange>();
  #reports = new Map<number, SlotReport>();
  readonly #playback = new Map<number, SlotPlayback>();
  readonly #offTempo = new Set<number>();
  #peaks = { left: 0, right: 0 };
  /** Whether the slots that the plugin came with are known: what is filled from then on does not sound yet. */
  #met = false;

  constructor(
    readonly bridgeId: string,
    public facts: BridgeFacts,
  ) {}

  get name(): string {
    const { track, host } = this.facts;
    return track || `${host} ${this.bridgeId.slice(0, 8)}`.trim();
  }

  get whyNoSegment(): string {
    return this.attachProblem ?? this.facts.segmentProblem ?? 'the plugin has named none';
  }

  report(slots: readonly SlotReport[]): void {
    for (const report of slots) {
      const filled = this.reportOf(report.slot).state === 'empty' && report.state !== 'empty';
      if (filled && this.#met) this.#playback.set(report.slot, 'stopped');
      this.#reports.set(report.slot, report);
      if (report.state !== 'empty') continue;
      this.#playback.delete(report.slot);
      this.#offTempo.delete(report.slot);
    }
  }

  /** The facts of a (re)connected plugin replace what was known: its project decides. */
  replaceReports(slots: readonly SlotReport[]): void {
    this.#reports = new Map();
    this.#playback.clear();
    this.#offTempo.clear();
    this.#met = false;
    this.report(slots);
    this.#met = true;
  }

  /** What the event ring says of a slot. A launch that is armed while a clip sounds leaves it sounding. */
  hear(slot: number, kind: keyof typeof PLAYBACK_AFTER): void {
    const before = this.#playback.get(slot);
    if ((kind === 'armed' || kind === 'disarmed') && (before === 'playing' || before === 'paused')) return;
    this.#playback.set(slot, PLAYBACK_AFTER[kind]);
    this.#offTempo.delete(slot);
  }

  hearOffTempo(slot: number, offTempo: boolean): void {
    if (offTempo) this.#offTempo.add(slot);
    else this.#offTempo.delete(slot);
  }

  reportOf(slot: number): SlotReport {
    return this.#reports.get(slot) ?? { slot, state: 'empty', hash: null, revision: 0, problem: null };
  }

  /** Highest input since the last call, linear; null without a segment. */
  takePeaks(): { left: number; right: number } | null {
    if (this.#status() === null) return null;
    const peaks = this.#peaks;
    this.#peaks = { left: 0, right: 0 };
    return peaks;
  }

  /** Through this record, since whoever asks the segment itself takes the peaks away from the meters. */
  captureSource(): CaptureSource | null {
    const { segment } = this;
    if (segment === null) return null;
    return { bridgeName: this.name, segment, status: () => this.#status() ?? segment.status() };
  }

  info(naming: Naming): BridgeInfo {
    const status = this.#status();
    return {
      bridgeId: this.bridgeId,
      name: this.name,
      host: this.facts.host,
      track: this.facts.track,
      format: this.facts.pluginFormat,
      connected: this.link !== null,
      sampleRate: this.facts.sampleRate,
      maximumBlock: this.facts.maximumBlock,
      transport: musicalTransport(status),
      slots: Array.from({ length: SLOT_COUNT }, (_, slot) => this.#slot(slot, naming)),
      segment: this.segment?.name ?? null,
      segmentProblem: this.attachProblem ?? status?.problem ?? this.facts.segmentProblem,
      lateCalls: this.lateCalls,
      reconnects: this.reconnects,
      offers: naming.offers(this.bridgeId),
    };
  }

  /** The addon hands out the peaks since its last call, whoever calls: they are gathered here until they are taken. */
  #status(): SegmentStatus | null {
    if (this.segment === null) return null;
    const status = this.segment.status();
    this.#peaks = { left: Math.max(this.#peaks.left, status.peaks.left), right: Math.max(this.#peaks.right, status.peaks.right) };
    return status;
  }

  #slot(slot: number, naming: Naming): BridgeSlot {
    const { state, hash, revision, problem } = this.reportOf(slot);
    const clipName = hash === null ? null : naming.clipName(hash);
    return {
      slot,
      state,
      hash,
      clipName,
      playback: this.#playback.get(slot) ?? (state === 'empty' ? 'stopped' : 'unknown'),
      offTempo: this.#offTempo.has(slot),
      revision,
      problem,
    };
  }
}

function musicalTransport(status: SegmentStatus | null): BridgeTransport | null {
  const transport = status?.transport ?? null;
  if (transport === null || transport.musical === null) return null;
  const { songQuarters, tempoBpm, numerator, denominator } = transport.musical;
  return { playing: transport.playing, songQuarters, tempoBpm, numerator, denominator };
}
