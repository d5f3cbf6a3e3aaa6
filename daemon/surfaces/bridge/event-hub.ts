import type { EventClass } from '../../../protocol/index.js';

export interface HubEvent {
  readonly class: EventClass;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface HubListener {
  /** The classes this listener wants now; it may change its mind at any time. */
  wants(eventClass: EventClass): boolean;
  onEvent(event: HubEvent): void;
}

/** Hands what happens in the daemon to whoever listens. Events tell; nothing waits for them or is driven by them. */
export class EventHub {
  readonly #listeners = new Set<HubListener>();

  publish(eventClass: EventClass, name: string, data: Readonly<Record<string, unknown>>): void {
    const event: HubEvent = { class: eventClass, name, data };
    for (const listener of this.#listeners) {
      if (listener.wants(eventClass)) listener.onEvent(event);
    }
  }

  /** Whether anybody listens to this class, so that what nobody hears is not gathered. */
  isWanted(eventClass: EventClass): boolean {
    for (const listener of this.#listeners) {
      if (listener.wants(eventClass)) return true;
    }
    return false;
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: HubListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
