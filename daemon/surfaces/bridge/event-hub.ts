import type { EventClass } from '../../../protocol/index.js';

export interface HubEvent {
  readonly class: EventClass;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Hands what happens in the daemon to whoever listens. Events tell; nothing waits for them or is driven by them. */
export class EventHub {
  readonly #listeners = new Set<(event: HubEvent) => void>();

  publish(eventClass: EventClass, name: string, data: Readonly<Record<string, unknown>>): void {
    const event: HubEvent = { class: eventClass, name, data };
    for (const listener of this.#listeners) listener(event);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: HubEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
