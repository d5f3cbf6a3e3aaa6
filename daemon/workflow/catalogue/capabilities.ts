import { GrymError } from '../../kernel/index.js';
import type { CapabilityProvider } from './step-definition.js';

/** What grym-synth could do, and what would do it where nothing does yet. */
export const KNOWN_CAPABILITIES: Readonly<Record<string, string>> = {
  'generate.audio.from-text': 'the built-in synthesiser (native module dsp)',
  'generate.audio.from-audio': 'the built-in variation of recorded material (native module dsp)',
  'generate.audio.continuation': 'the built-in continuation of recorded material (native module dsp)',
  'analyse.audio': 'the built-in analysis (native module dsp)',
  'fit.audio': 'the built-in fitting of tempo, key, length and loudness (native module dsp)',
  'embed.audio': 'the built-in descriptors',
  'describe.audio': 'the built-in descriptors',
  'plan.workflow': 'the built-in templates',
  'capture.audio': 'a bridge plugin with its shared audio segment',
  'export.audio': 'the built-in encoder (native module dsp)',
  'transcribe.audio': 'a transcription model, such as wav2vec2; this release carries none',
  'learn.preference': 'the pattern memory; this release carries none',
};

export interface CapabilityState {
  readonly capability: string;
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
}

interface Registered {
  readonly provider: CapabilityProvider;
  readonly isThere: () => boolean;
}

export class Capabilities implements CapabilityRegistry {
  private readonly registered = new Map<string, Registered[]>();

  /** Later ones are less preferred. Returns the way to withdraw it. */
  register(capability: string, provider: CapabilityProvider, isThere: () => boolean = () => true): () => void {
    const entry = { provider, isThere };
    const entries = this.registered.get(capability) ?? [];
    if (entries.some((other) => other.provider.provider === provider.provider)) {
      throw new GrymError('GRYM_INTERNAL', { reason: `two providers of ${capability} are called "${provider.provider}"` });
    }
    this.registered.set(capability, [...entries, entry]);
    return () => {
      const left = (this.registered.get(capability) ?? []).filter((other) => other !== entry);
      this.registered.set(capability, left);
    };
  }

  providers(capability: string): readonly CapabilityProvider[] {
    return (this.registered.get(capability) ?? []).filter(({ isThere }) => isThere()).map(({ provider }) => provider);
  }

  missing(capability: string): string {
    return KNOWN_CAPABILITIES[capability] ?? `nothing that this release knows (capability ${capability})`;
  }

  list(): CapabilityState[] {
    const names = [...new Set([...Object.keys(KNOWN_CAPABILITIES), ...this.registered.keys()])].sort();
    return names.map((capability) => ({ capability, providers: this.providers(capability), by: this.missing(capability) }));
  }
}
