import type { Terminal } from './terminal.js';

const BAR_CHARACTERS = 24;
const CLEAR_LINE = '\r\u001b[K';
/** Before this the rate is not known well enough to say how long the rest takes. */
const ESTIMATE_AFTER_FRACTION = 0.05;
/** Behind it a stage tells its own rate and time left, anew with each report. */
const DETAIL_MARK = ' · ';
/** Where lines cannot be redrawn, such details are worth one each time this much has been done. */
const DETAIL_STEP = 0.1;

/** Shows how far a request is: a bar with the time left on a terminal, one plain line for each stage elsewhere. */
export class ProgressLine {
  readonly #startMs: number;
  #stage = '';
  #toldFraction = 0;
  #drawn = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#startMs = nowMs();
  }

  update(fraction: number, stage: string): void {
    if (this.terminal.live) {
      this.#drawn = true;
      this.terminal.note(`${CLEAR_LINE}${this.#bar(fraction, stage)}`.slice(0, CLEAR_LINE.length + this.terminal.columns - 1));
      return;
    }
    const [what] = stage.split(DETAIL_MARK);
    const isNews = what !== this.#stage || (what !== stage && fraction - this.#toldFraction >= DETAIL_STEP);
    if (!isNews) return;
    this.#stage = what ?? '';
    this.#toldFraction = fraction;
    this.terminal.note(`${String(Math.round(fraction * 100)).padStart(3)} %  ${stage}\n`);
  }

  /** Leaves the line free for what follows. */
  end(): void {
    if (this.#drawn) this.terminal.note(CLEAR_LINE);
    this.#drawn = false;
  }

  #bar(fraction: number, stage: string): string {
    const filled = Math.round(fraction * BAR_CHARACTERS);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    const percent = `${bar} ${String(Math.round(fraction * 100)).padStart(3)} %`;
    return stage.includes(DETAIL_MARK) ? `${percent}  ${stage}` : `${percent}  ${this.#timeLeft(fraction)}  ${stage}`;
  }

  #timeLeft(fraction: number): string {
    if (fraction < ESTIMATE_AFTER_FRACTION || fraction >= 1) return '      ';
    const leftSeconds = ((this.nowMs() - this.#startMs) / 1000 / fraction) * (1 - fraction);
    return `${leftSeconds < 10 ? leftSeconds.toFixed(1) : Math.round(leftSeconds)} s left`;
  }
}
