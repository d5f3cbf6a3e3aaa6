import type { z } from 'zod';
import type { ActionServices } from './services.js';

/** How much an action can break: `none` only reads; `changes` can be taken back; `destructive` cannot, or interrupts others. */
export type DangerLevel = 'none' | 'changes' | 'destructive';

/** Who asks, and through which surface. */
export interface Caller {
  readonly surface: 'websocket' | 'http' | 'start';
  readonly clientName: string;
  /** The bridge that asks, where a plugin does; it is then the default target. */
  readonly bridgeId: string | null;
}

export interface ActionContext {
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal;
  /** `fraction` of the whole request, 0 … 1. */
  readonly progress: (fraction: number, stage: string) => void;
  readonly caller: Caller;
}

type ParameterName<Params extends z.ZodType> = keyof z.input<Params> & string;

export interface ActionDefinition<Params extends z.ZodType, Result extends z.ZodType> {
  /** Kebab-case; the name on every surface. */
  readonly name: string;
  /** One line for lists and help. */
  readonly help: string;
  readonly params: Params;
  readonly result: Result;
  readonly danger: DangerLevel;
  /** May arrive by unauthenticated loopback OSC or MIDI. */
  readonly performanceSafe: boolean;
  /** Parameters that a command line takes by position, in order; `...` behind the last one: it takes all words that are left. */
  readonly positional: readonly (ParameterName<Params> | `${ParameterName<Params>}...`)[];
  readonly handler: (
    services: ActionServices,
    params: z.output<Params>,
    context: ActionContext,
  ) => Promise<z.output<Result>> | z.output<Result>;
}

/** A declaration whose parameter types are hidden, so that all of them fit into one list. */
export interface ActionDeclaration {
  readonly name: string;
  readonly help: string;
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  readonly danger: DangerLevel;
  readonly performanceSafe: boolean;
  readonly positional: readonly string[];
  /** Checks the parameters, acts, and checks the result. */
  readonly invoke: (services: ActionServices, params: unknown, context: ActionContext) => Promise<unknown>;
}
