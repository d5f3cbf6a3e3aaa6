export interface SplitText {
  readonly reasoning: string;
  readonly content: string;
}

const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * Takes what a model thought out of what it answered. Thoughts stand in front, in `<think>…</think>`; where the chat template has opened them
 * already, only `</think>` is there (`mayBeOpen`). Thoughts that were never closed are all there is: the answer is empty.
 */
export function splitThoughts(text: string, mayBeOpen: boolean): SplitText {
  const trimmed = text.trimStart();
  const isMarked = trimmed.startsWith(OPENING);
  if (!isMarked && !mayBeOpen) return { reasoning: '', content: text };
  const rest = isMarked ? trimmed.slice(OPENING.length) : trimmed;
  const end = rest.indexOf(CLOSING);
  if (end >= 0) return { reasoning: rest.slice(0, end).trim(), content: rest.slice(end + CLOSING.length).trimStart() };
  return isMarked ? { reasoning: rest.trim(), content: '' } : { reasoning: '', content: text };
}

/** Longest end of the text that the mark may go on from: "<th" of "<think>". */
function openEnd(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}

type Sink = (kind: 'reasoning' | 'content', text: string) => void;

/**
 * The same while the text still comes, for who watches: marks may be cut anywhere, and what could become one is held back. Whether thoughts
 * without `<think>` are thoughts shows only at their end; until then they count as `assumed`.
 */
export class ThoughtStream {
  private state: 'start' | 'reasoning' | 'content';
  private held = '';

  constructor(
    private readonly assumed: 'reasoning' | 'content',
    private readonly sink: Sink,
  ) {
    this.state = 'start';
  }

  push(text: string): void {
    this.held += text;
    if (this.state === 'start' && !this.begin()) return;
    if (this.state === 'reasoning') this.think();
    else this.give('content', this.held);
  }

  end(): void {
    this.give(this.state === 'start' ? this.assumed : this.state, this.held);
  }

  /** False: not enough of it is there to tell. */
  private begin(): boolean {
    const text = this.held.trimStart();
    if (text.length < OPENING.length && OPENING.startsWith(text)) return false;
    const isMarked = text.startsWith(OPENING);
    this.held = isMarked ? text.slice(OPENING.length) : text;
    this.state = isMarked ? 'reasoning' : this.assumed;
    return true;
  }

  private think(): void {
    const end = this.held.indexOf(CLOSING);
    if (end < 0) {
      const open = openEnd(this.held, CLOSING);
      const sure = this.held.length - open;
      const tail = this.held.slice(sure);
      this.give('reasoning', this.held.slice(0, sure));
      this.held = tail;
      return;
    }
    const content = this.held.slice(end + CLOSING.length);
    this.give('reasoning', this.held.slice(0, end));
    this.state = 'content';
    this.give('content', content);
  }

  private give(kind: 'reasoning' | 'content', text: string): void {
    this.held = '';
    if (text !== '') this.sink(kind, text);
  }
}
