import type { LlamaText, Token } from 'node-llama-cpp';
import type { LoadedModel } from './loaded-model.js';

/** How a model begins and ends its thoughts. */
export interface ThoughtMarks {
  readonly end: string;
  /** Whether the prompt has begun them already. */
  readonly isOpen: boolean;
  readonly beginTokens: readonly Token[];
  readonly endTokens: readonly Token[];
}

const BEGIN = '<think>';
const END = '</think>';

/** Of the model's chat format, else of its own template; null for a model that was not trained to think aloud. */
export function thoughtMarksOf({ wrapper, model, library }: LoadedModel, prompt: string): ThoughtMarks | null {
  const { LlamaText: Text } = library;
  const tokensOf = (text: string | LlamaText): Token[] =>
    typeof text === 'string' ? model.tokenize(text, true) : text.tokenize(model.tokenizer);
  const isOpen = prompt.trimEnd().endsWith(BEGIN);
  const thought = wrapper.settings.segments?.thought;
  if (thought !== undefined) {
    const end = Text(thought.suffix ?? END);
    const marks = { end: end.toString().trim(), endTokens: tokensOf(end) };
    const { prefix } = thought;
    if (typeof prefix === 'object' && 'type' in prefix && prefix.type === 'openedOnStart')
      return { ...marks, isOpen: true, beginTokens: [] };
    const begin = Text(prefix as string | LlamaText);
    return { ...marks, isOpen: prompt.trimEnd().endsWith(begin.toString().trim()), beginTokens: tokensOf(begin) };
  }
  const template = model.fileInfo.metadata.tokenizer?.chat_template ?? '';
  if (!template.includes(BEGIN) && !isOpen) return null;
  return { end: END, isOpen, beginTokens: tokensOf(BEGIN), endTokens: tokensOf(END) };
}
