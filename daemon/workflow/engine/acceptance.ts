import type { BridgeDirectory, BridgeInfo } from '../../audio/index.js';
import type { NewContextItem } from '../../context/index.js';
import { GrymError, isGrymError, newRunId, newSeed, type Clock, type JsonObject, type JsonValue } from '../../kernel/index.js';
import type { CapabilityRegistry, StepCatalogue } from '../catalogue/index.js';
import {
  completeInputs,
  definitionHash,
  definitionText,
  nearest,
  neededCapabilities,
  openGraph,
  readWorkflow,
  type CompiledWorkflow,
  type GraphRun,
  type InputDeclaration,
  type Mistake,
  type ReadWorkflow,
  type WorkflowLibrary,
} from '../definition/index.js';
import type { SlotJournal } from '../slot-journal.js';
import { assertSlot, type SlotDelivery } from '../slot-keeper.js';
import type { RunRequest } from '../types.js';
import { requestItems } from './request-items.js';
import type { NewRun } from './run-journal.js';

/** A bridge at a higher rate gets clips at this one; the plugin's loader resamples them. */
const HIGHEST_CLIP_SAMPLE_RATE = 192_000;

export interface AcceptanceParts {
  readonly catalogue: StepCatalogue;
  readonly capabilities: CapabilityRegistry;
  readonly library: () => WorkflowLibrary;
  readonly bridges: BridgeDirectory;
  readonly slotJournal: SlotJournal;
  readonly slots: SlotDelivery;
  readonly clock: Clock;
  readonly defaultSampleRate: number;
}

/** A definition with its name in the journal; both are worked out once for each. */
export interface Definition {
  readonly compiled: CompiledWorkflow;
  readonly name: string;
  readonly hash: string;
  readonly text: string;
}

export interface AcceptedRequest {
  readonly run: NewRun;
  readonly definition: Definition;
  /** What the run's context begins with. */
  readonly items: readonly NewContextItem[];
}

const definitions = new WeakMap<CompiledWorkflow, Definition>();

/** A run works from what is stored of its definition, keys in their order too, so that a restart changes nothing. */
export function definitionOf(compiled: CompiledWorkflow): Definition {
  let definition = definitions.get(compiled);
  if (definition === undefined) {
    const name = compiled.bodies[0]?.name ?? '';
    const text = definitionText(compiled);
    definition = { compiled: JSON.parse(text) as CompiledWorkflow, name, hash: definitionHash(compiled), text };
    definitions.set(compiled, definition);
  }
  return definition;
}

const SHOWN_MISTAKES = 5;

/** One for each line, and how many more there are. */
export function mistakesText(mistakes: readonly Mistake[]): string {
  const lines = mistakes.slice(0, SHOWN_MISTAKES).map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const more = mistakes.length - lines.length;
  return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].map((line) => `\n  ${line}`).join('');
}

function compiledOf(name: string, read: ReadWorkflow): CompiledWorkflow {
  if (read.compiled !== null) return read.compiled;
  throw new GrymError('GRYM_WORKFLOW_INVALID', { workflow: name, mistakes: mistakesText(read.mistakes) });
}

/** The definition that is asked for. Throws GRYM_WORKFLOW_UNKNOWN or GRYM_WORKFLOW_INVALID. */
export function findDefinition(workflow: RunRequest['workflow'], library: WorkflowLibrary): Definition {
  if (typeof workflow !== 'string') {
    return definitionOf(compiledOf(workflow.fileName, readWorkflow(workflow.text, workflow.fileName, library.facts)));
  }
  const entry = library.find(workflow);
  if (entry !== undefined) return definitionOf(compiledOf(entry.name, entry));
  const names = library.entries.map(({ name }) => name);
  const meant = nearest(workflow, names);
  const suggestion = meant === null ? '' : ` Did you mean "${meant}"?`;
  throw new GrymError('GRYM_WORKFLOW_UNKNOWN', { workflow, suggestion, known: names.join(', ') });
}

/** Throws GRYM_CAPABILITY_UNAVAILABLE for the first thing that the run cannot do without and that is not there. */
export function assertCapabilities(definition: Definition, inputs: JsonObject, capabilities: CapabilityRegistry): void {
  for (const { capability, where, whenUnavailable } of neededCapabilities(definition.compiled, inputs)) {
    if (whenUnavailable === 'skip' || capabilities.providers(capability).length > 0) continue;
    const what = `The step "${where}" of the workflow ${definition.name}`;
    throw new GrymError('GRYM_CAPABILITY_UNAVAILABLE', { what, capability, by: capabilities.missing(capability) });
  }
}

/** The bridge that a run is for, and its slot there. */
export interface Target {
  readonly bridgeId: string;
  readonly slot: number | null;
  /** Null for a bridge that is away. */
  readonly info: BridgeInfo | null;
}

/** Completes a request with all that the run's result depends on: seed, sample rate, bridge and slot. */
export function acceptRequest(request: RunRequest, parts: AcceptanceParts): AcceptedRequest {
  const definition = findDefinition(request.workflow, parts.library());
  const declared = definition.compiled.bodies[0]?.inputs ?? {};
  const target = resolveTarget(request, declared, parts);
  const given = completeTarget(request.inputs, declared, target, parts);
  const inputs = completeInputs(definition.compiled, given);
  assertCapabilities(definition, inputs, parts.capabilities);
  const submittedAtMs = parts.clock.nowMs();
  const runId = newRunId(submittedAtMs);
  const deadlineAtMs = request.deadlineAtMs ?? null;
  if (deadlineAtMs !== null && deadlineAtMs <= submittedAtMs) throw deadlineError(runId, deadlineAtMs);
  const seed = request.seed ?? (typeof inputs['seed'] === 'number' ? inputs['seed'] : newSeed());
  assertBegins(openGraph(definition.compiled, inputs, { seed, bridge: target?.bridgeId ?? null }));
  const run: NewRun = {
    ...{ runId, inputs, seed, deadlineAtMs, submittedAtMs },
    requestKey: request.requestKey ?? null,
    workflow: definition.name,
    title: definition.compiled.title,
    definitionHash: definition.hash,
    edits: {},
    notes: [],
    rerunOf: null,
    priority: request.priority ?? 0,
    whenStuck: request.whenStuck ?? 'fail',
    bridgeId: target?.bridgeId ?? null,
    slot: target?.slot ?? null,
  };
  const stated = new Set(Object.keys(given).filter((name) => given[name] !== null));
  return { run, definition, items: requestItems({ inputs, stated, seed, bridge: target?.info ?? null }) };
}

/** What fails at its very first expressions is refused instead of journalled; its work is bounded, whatever the document says. */
export function assertBegins(graph: GraphRun): void {
  if (graph.end?.kind === 'failed') throw GrymError.fromWire(graph.end.error);
}

export function deadlineError(runId: string, deadlineAtMs: number): GrymError {
  return new GrymError('GRYM_RUN_DEADLINE', { runId, deadline: new Date(deadlineAtMs).toISOString() });
}

type Declarations = Readonly<Record<string, InputDeclaration>>;

function resolveTarget(request: RunRequest, declared: Declarations, parts: AcceptanceParts): Target | null {
  const named = request.bridge ?? ('bridge' in declared ? request.inputs['bridge'] : undefined);
  if (typeof named !== 'string') return null;
  const wanted = request.inputs['slot'];
  if (typeof wanted === 'number') assertSlot(wanted);
  const info = findBridge(named, parts);
  const bridgeId = info?.bridgeId ?? named;
  if (!('slot' in declared)) return { bridgeId, slot: null, info };
  return { bridgeId, slot: typeof wanted === 'number' ? wanted : parts.slots.nextFree(bridgeId), info };
}

/** Null for a bridge that is not there now, but has been: a run may wait for it. */
function findBridge(nameOrId: string, { bridges, slotJournal }: AcceptanceParts): BridgeInfo | null {
  try {
    return bridges.resolve(nameOrId);
  } catch (error) {
    if (isGrymError(error, 'GRYM_BRIDGE_UNKNOWN') && slotJournal.isKnown(nameOrId)) return null;
    throw error;
  }
}

/** The inputs that every workflow may declare and that are filled in here where they are left open. */
export function completeTarget(inputs: JsonObject, declared: Declarations, target: Target | null, parts: AcceptanceParts): JsonObject {
  const complete: Record<string, JsonValue> = { ...inputs };
  if (target !== null && 'bridge' in declared) complete['bridge'] = target.bridgeId;
  if (target !== null && 'slot' in declared) complete['slot'] = target.slot;
  if ('sampleRate' in declared && (complete['sampleRate'] ?? null) === null) {
    const bridgeRate = target?.info ? Math.min(target.info.sampleRate, HIGHEST_CLIP_SAMPLE_RATE) : undefined;
    complete['sampleRate'] = bridgeRate ?? parts.defaultSampleRate;
  }
  return complete;
}
