import type { ModelWords } from './model-words.js';
import type { AudioResult } from './tasks.js';

export interface AudioLdmStory {
  readonly modelId: string;
  readonly licence: string;
  readonly words: ModelWords;
  readonly negativePrompt: string;
  readonly chosen: { readonly steps: number; readonly guidanceScale: number; readonly eta: number };
  readonly seed: number;
  readonly result: AudioResult;
  readonly retries: number;
  readonly about: readonly string[];
  /** Of the prompt's reading: those on tempo and metre are kept, the others are about the built-in synthesiser. */
  readonly notes: readonly string[];
  readonly bars: number;
  readonly seconds: number;
  readonly isSilent: boolean;
}

const plain = (value: number): string => String(Math.round(value * 100) / 100);

/** Plain sentences: who made it, of what, how, and what the model cannot promise. */
export function explainAudioLdm(story: AudioLdmStory): string[] {
  const { chosen, result, words } = story;
  const guidance = result.guided
    ? `guidance ${plain(chosen.guidanceScale)}${story.negativePrompt === '' ? '' : ` away from “${story.negativePrompt}”`}`
    : 'without guidance';
  const lines = [
    `Made by the model ${story.modelId} (licence of its weights: ${story.licence || 'not known'}).`,
    ...story.about,
    `It read: “${words.text}”${words.added.length > 0 ? `; added were ${words.added.join(' and ')}` : ''}.`,
    ...result.warnings,
    `${result.steps} steps, ${guidance}, ${chosen.eta > 0 ? `eta ${plain(chosen.eta)}` : 'no noise between them'}, seed ${story.seed}.`,
    ...story.notes.filter((note) => /^(Tempo|Metre) /.test(note)),
    `It lasts ${plain(story.bars)} bars, ${plain(story.seconds)} s.`,
    'The model does not know tempo, key or loops: it has read the words for them, but nothing holds the sound to the beat, and a loop may not close.',
    `It makes mono at ${result.sampleRate} Hz: there is nothing above ${result.sampleRate / 2} Hz, and both channels are the same where it made them.`,
  ];
  if (!result.guided && story.negativePrompt !== '')
    lines.push('The negative prompt had no effect: it counts under guidance above 1 only.');
  if (story.retries > 0) lines.push('Its process ended under the task, which was then done once more.');
  if (story.isSilent) lines.push('What it made is silent, or nearly so: try another seed or other words.');
  return lines;
}
