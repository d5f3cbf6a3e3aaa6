import { openGraph } from '../graphs/graph-opener.js';
import type { RunnerModule } from '../hosts/model-runner.js';
import { loadAudioLdm } from './audioldm-runner.js';

/** What a model host loads for the kind "audioldm". */
export const runner: RunnerModule = { load: (settings) => loadAudioLdm(settings, openGraph) };
