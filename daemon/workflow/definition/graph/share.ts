/** A part of the whole run's progress: a block divides its share among what is in it, and hands on what is left as it ends. */
export class Share {
  private given = 0;

  constructor(
    readonly amount: number,
    private readonly outer: Share | null = null,
  ) {}

  part(fraction: number): Share {
    return new Share(this.amount * fraction, this);
  }

  /** All of it is done, whatever part of it was done before. */
  finish(): void {
    const rest = this.amount - this.given;
    for (let share = this as Share | null; share !== null; share = share.outer) share.given += rest;
  }

  get done(): number {
    return this.given;
  }
}
