import { GrymError } from '../../kernel/index.js';
import type { CapabilityProvider } from './step-definition.js';

/** What grym-synth could do, and what would do it where nothing does yet. */
export const KNOWN_CAPABILITIES: Readonly<Record<string, string>> = {
  'generate.audio.from-text': 'the built-in synthesiser (native module dsp), or an AudioLDM model (grym models list)',
  'generate.audio.from-audio': 'the built-in variation of recorded material (native module dsp), or an AudioLDM model (grym models list)',
  'generate.audio.continuation':
    'the built-in continuation of recorded material (native module dsp), or an AudioLDM model (grym models list)',
  'generate.audio.inpaint': 'an AudioLDM model (grym models list says how to install one)',
  'analyse.audio': 'the built-in analysis (native module dsp)',
  'fit.audio': 'the built-in fitting of tempo, key, length and loudness (native module dsp)',
  'embed.audio': 'the built-in descriptors, or a CLAP or wav2vec2 model (grym models list)',
  'describe.audio': 'the built-in descriptors, or a server that listens (the settings listenerUrl and listenerModel)',
  'plan.workflow': 'the built-in templates, a language model (grym models list), or a server (the settings plannerUrl and plannerModel)',
  'capture.audio': 'a bridge plugin with its shared audio segment',
  'export.audio': 'the built-in encoder (native module dsp)',
  'transcribe.audio': 'a wav2vec2 model (grym models pull wav2vec2-base-960h)',
  'learn.preference': 'the pattern memory; this release carries none',
};

export interface CapabilityState {
  readonly capability: string;
  /** Of those that the user prefers; null where the order is the built-in one. */
  readonly preferred: string | null;
  readonly providers: readonly CapabilityProvider[];
  /** What would provide it. */
  readonly by: string;
}

/** Who can do what now. Steps name a capability, never a provider. */
export interface CapabilityRegistry {
  /** The preferred one first; empty where there is none. */
  providers(capability: string): readonly CapabilityProvider[];
  /** What would provide a capability that is not there. */
  missing(capability: string): string;
  list(): CapabilityState[];
  /** Threads that a provider takes, where it knows better than the step. */
  threadsOf(provider: string): number | undefined;
  /** Puts a provider before the others from now on, whether it is there now or not; null: the built-in order. */
  prefer(capability: string, provider: string | null): Promise<void>;
}

interface Registered {
  readonly provider: CapabilityProvider;
  readonly isThere: () => boolean;
  /** Lower ones are preferred. */
  readonly rank: number;
}

/** Where the user's choices are kept. */
export interface PreferenceStore {
  /** Provider by capability. */
  readonly read: () => Readonly<Record<string, string>>;
  readonly write: (preferences: Readonly<Record<string, string>>) => Promise<void>;
}

export interface CapabilityOptions {
  readonly preferences?: PreferenceStore;
  readonly threadsOf?: (provider: string) => number | undefined;
}

/** Behind what is installed or configured. */
export const BUILT_IN_RANK = 10;

export class Capabilities implements CapabilityRegistry {
  private readonly registered = new Map<string, Registered[]>();
  private preferences: Readonly<Record<string, string>>;
  private preferring: Promise<void> = Promise.resolve();

  constructor(private readonly options: CapabilityOptions = {}) {
    this.preferences = options.preferences?.read() ?? {};
  }

  /** Of the same rank later ones are less preferred. Returns the way to withdraw it. */
  register(capability: string, provider: CapabilityProvider, isThere: () => boolean = () => true, rank = BUILT_IN_RANK): () => void {
    const entry = { provider, isThere, rank };
    const entries = this.registered.get(capability) ?? [];
    if (entries.some((other) => other.provider.provider === provider.provider)) {
      throw new GrymError('GRYM_INTERNAL', { reason: `two providers of ${capability} are called "${provider.provider}"` });
    }
    this.registered.set(
      capability,
      [...entries, entry].sort((a, b) => a.rank - b.rank),
    );
    return () => {
      const left = (this.registered.get(capability) ?? []).filter((other) => other !== entry);
      this.registered.set(capability, left);
    };
  }

  providers(capability: string): readonly CapabilityProvider[] {
    const there = (this.registered.get(capability) ?? []).filter(({ isThere }) => isThere()).map(({ provider }) => provider);
    const preferred = there.find(({ provider }) => provider === this.preferences[capability]);
    return preferred === undefined ? there : [preferred, ...there.filter((other) => other !== preferred)];
  }

  missing(capability: string): string {
    return KNOWN_CAPABILITIES[capability] ?? `nothing that this release knows (capability ${capability})`;
  }

  list(): CapabilityState[] {
    const names = [...new Set([...Object.keys(KNOWN_CAPABILITIES), ...this.registered.keys()])].sort();
    return names.map((capability) => ({
      capability,
      preferred: this.preferences[capability] ?? null,
      providers: this.providers(capability),
      by: this.missing(capability),
    }));
  }

  threadsOf(provider: string): number | undefined {
    return this.options.threadsOf?.(provider);
  }

  prefer(capability: string, provider: string | null): Promise<void> {
    // One after another: each begins with what the one before has written.
    const turn = this.preferring.then(async () => {
      const { [capability]: _earlier, ...others } = this.preferences;
      const changed = provider === null ? others : { ...others, [capability]: provider };
      await this.options.preferences?.write(changed);
      this.preferences = changed;
    });
    this.preferring = turn.catch(() => undefined);
    return turn;
  }
}
