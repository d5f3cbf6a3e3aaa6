import type { ErrorCode } from '../../kernel/index.js';

interface AboutModel {
  readonly modelId: string;
  readonly provider: string;
}

/** What happens to model hosts, for metrics. */
export type HostEvent = AboutModel &
  (
    | { readonly type: 'loaded'; readonly milliseconds: number }
    /** By itself, or killed because it hung or took too much memory. */
    | { readonly type: 'died'; readonly reason: string }
    | { readonly type: 'unloaded'; readonly reason: 'idle' | 'room' | 'asked' }
    | { readonly type: 'retried'; readonly task: string }
    /** Without the time that it waited for its turn. */
    | { readonly type: 'task'; readonly task: string; readonly outcome: 'done' | ErrorCode; readonly milliseconds: number }
  );

export type HostListener = (event: HostEvent) => void;
/** An event of one pool: the model is known. */
export type PoolEvent = HostEvent extends infer Event ? (Event extends HostEvent ? Omit<Event, keyof AboutModel> : never) : never;
