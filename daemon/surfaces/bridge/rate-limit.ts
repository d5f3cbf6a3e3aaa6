/** A token bucket: `burst` at once, `perSecond` for ever. The clock is milliseconds of any monotonic source. */
export class RateLimit {
  #tokens: number;
  #lastMs: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly nowMs: () => number,
  ) {
    this.#tokens = burst;
    this.#lastMs = nowMs();
  }

  take(): boolean {
    const now = this.nowMs();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#lastMs) / 1000) * this.perSecond);
    this.#lastMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
