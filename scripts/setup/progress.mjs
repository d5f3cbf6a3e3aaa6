// Says what is being done, how long it has taken and about how long the rest will take. Goes to standard error: standard output
// belongs to the program that is being set up.

const HEARTBEAT_SECONDS = 30;

export function describeDuration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Rounded so that it does not pretend to be exact. */
export function describeEstimate(seconds) {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 100) return `about ${Math.ceil(seconds / 10) * 10} s`;
  return `about ${Math.ceil(seconds / 60)} min`;
}

export class Progress {
  /** @param {{ title: string, estimateSeconds: number }[]} stages */
  constructor(stages, { stream = process.stderr, now = () => performance.now() / 1000 } = {}) {
    this.stages = stages;
    this.stream = stream;
    this.now = now;
    this.begun = 0;
  }

  say(line) {
    this.stream.write(`${line}\n`);
  }

  remainingAfter(index) {
    return this.stages.slice(index).reduce((sum, stage) => sum + stage.estimateSeconds, 0);
  }

  /** Runs the next stage and reports on it. One that runs `aside` others leaves the terminal's line to them. */
  async run(work, { aside = false } = {}) {
    const index = this.begun;
    this.begun += 1;
    const stage = this.stages[index];
    const label = `[${index + 1}/${this.stages.length}] ${stage.title}`;
    const started = this.now();
    const terminal = this.stream.isTTY === true;
    const status = () => {
      const elapsed = this.now() - started;
      const rest = Math.max(0, stage.estimateSeconds - elapsed) + this.remainingAfter(index + 1);
      return `${label}: ${describeDuration(elapsed)}, ${describeEstimate(rest)} left`;
    };
    if (!terminal) this.say(`${label} (${describeEstimate(stage.estimateSeconds)})`);
    const timer = setInterval(
      () => {
        if (!terminal) this.say(`      still at it: ${status()}`);
        else if (!aside) this.stream.write(`\r\x1b[K${status()}`);
      },
      terminal ? 1000 : HEARTBEAT_SECONDS * 1000,
    );
    try {
      const result = await work();
      if (terminal) this.stream.write('\r\x1b[K');
      this.say(`${terminal || aside ? `${label}: ` : '      '}done in ${describeDuration(this.now() - started)}`);
      return result;
    } catch (error) {
      if (terminal) this.stream.write('\r\x1b[K');
      this.say(`${label}: failed after ${describeDuration(this.now() - started)}`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }
}
