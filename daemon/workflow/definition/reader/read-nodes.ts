import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { CompiledNode, Sequence, StepNode, SubWorkflowNode, Template } from '../compiled.js';
import { ANY, nullable, typeOfSchema, type Type } from '../expressions/types.js';
import type { CatalogueFacts } from '../facts.js';
import { nearest } from '../suggest.js';
import type { BlockScope } from './block-scope.js';
import { readChoose, readParallel, readRepeat } from './read-blocks.js';
import { LIMITS, STEP_FORMS, subForm, useForm } from './document-schema.js';
import { readField, readForm, type FormEntries } from './forms.js';
import { checkSubInputs } from './sub-inputs.js';
import { SchemaCheck } from './schema-check.js';
import type { SubWorkflows } from './sub-workflows.js';
import type { Range } from './source.js';
import { ValueReader, type ReadValue } from './values.js';
import { rangeOf, type Entry, type Walker, type YamlNode } from './yaml.js';

/** A list of steps, read. */
export interface ReadSequence {
  readonly sequence: Sequence;
  /** Of what it hands on. */
  readonly type: Type;
  readonly activations: number;
  /** Levels of blocks inside it. */
  readonly depth: number;
}

/** One step or block, read; `node` is null where a mistake leaves nothing of it. */
export interface ReadNode {
  readonly node: CompiledNode | null;
  readonly type: Type;
  readonly activations: number;
  readonly depth: number;
}

/** What every kind of step has. */
export interface NodePlace {
  readonly id: string;
  readonly where: string;
  /** For what is missing. */
  readonly range: Range;
  readonly scope: BlockScope;
  readonly level: number;
}

export interface NodeContext {
  readonly walker: Walker;
  readonly values: ValueReader;
  readonly facts: CatalogueFacts;
  readonly subWorkflows: SubWorkflows;
  sequence(
    node: YamlNode,
    where: string,
    around: Range,
    scope: BlockScope,
    level: number,
    loop: Loop | null,
    output?: Entry,
    inside?: (scope: BlockScope) => void,
  ): ReadSequence;
}

export interface Loop {
  readonly name: string;
  readonly type: Type;
}

const NOTHING: ReadNode = { node: null, type: ANY, activations: 1, depth: 0 };

function idIn(node: YamlNode): string | null {
  if (!isMap(node)) return null;
  const id = (node as YAMLMap<Node, Node | null>).get('id', true);
  return isScalar(id) && typeof id.value === 'string' ? id.value : null;
}

/** Every id of the document with the step that holds it. */
export function holdersOf(
  node: YamlNode,
  holder: string | null = null,
  found = new Map<string, string | null>(),
): ReadonlyMap<string, string | null> {
  if (isSeq(node)) for (const item of (node as { items: YamlNode[] }).items) holdersOf(item, holder, found);
  if (!isMap(node)) return found;
  const id = idIn(node);
  if (id !== null && !found.has(id)) found.set(id, holder);
  for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
    const inner = isScalar(key) && ['steps', 'otherwise', 'choose', 'branches', 'parallel'].includes(String(key.value));
    if (inner || holder !== null || id !== null) if (isMap(value) || isSeq(value)) holdersOf(value, id ?? holder, found);
  }
  return found;
}

export class NodeReader implements NodeContext {
  readonly values: ValueReader;

  constructor(
    readonly walker: Walker,
    readonly facts: CatalogueFacts,
    readonly subWorkflows: SubWorkflows,
  ) {
    this.values = new ValueReader(walker);
  }

  sequence(
    node: YamlNode,
    where: string,
    around: Range,
    outer: BlockScope,
    level: number,
    loop: Loop | null,
    output?: Entry,
    inside?: (scope: BlockScope) => void,
  ): ReadSequence {
    const items = this.walker.list(node, where, around, 'a list of steps') ?? [];
    if (isSeq(node) && items.length === 0) {
      this.walker.report(rangeOf(node, around), {
        where,
        what: 'The block is empty',
        expected: 'at least one step',
        got: 'no steps',
        advice: 'add a step, or remove the block',
      });
    }
    const ids = items.map(idIn).filter((id) => id !== null);
    const scope = outer.inside(new Set(ids), loop);
    const nodes: CompiledNode[] = [];
    const seen = new Set<string>();
    const total = { activations: 0, depth: 0 };
    let last: Type = ANY;
    for (const [index, item] of items.entries()) {
      const read = this.node(item, `${where}[${index}]`, where, around, scope, level, seen);
      if (read.node !== null) nodes.push(read.node);
      total.activations += read.activations;
      total.depth = Math.max(total.depth, read.depth);
      last = read.type;
    }
    inside?.(scope);
    const value = output === undefined ? null : this.values.read(output.value, `${parentOf(where)}output`, output.range, scope);
    return { sequence: { nodes, output: value?.template ?? null }, type: value?.type ?? last, ...total };
  }

  private node(
    item: YamlNode,
    indexed: string,
    list: string,
    around: Range,
    scope: BlockScope,
    level: number,
    seen: Set<string>,
  ): ReadNode {
    const entries = this.walker.map(item, indexed, around, 'a step: a map with id and use, parallel, repeat, choose or workflow');
    if (entries === null) return NOTHING;
    const range = entries[0]?.key ?? rangeOf(item, around);
    const id = this.id(entries, indexed, range, scope, seen);
    const where = id === null ? indexed : `${list}.${id}`;
    const place: NodePlace = { id: id ?? '', where, range, scope, level };
    if (id !== null) scope.begin(id);
    const kind = this.kind(entries, place);
    const read = kind === null ? NOTHING : this.kindOf(kind, entries, place);
    if (id !== null) scope.finish(id, read.type);
    return id === null ? { ...read, node: null } : read;
  }

  private id(entries: readonly Entry[], where: string, range: Range, scope: BlockScope, seen: Set<string>): string | null {
    const entry = entries.find(({ name }) => name === 'id');
    const id = readField(this.walker, useForm.shape.id, entry, `${where}.id`);
    if (entry === undefined || id === undefined) return null;
    const around = scope.isTakenAround(id);
    if (seen.has(id) || around) {
      const place = around ? 'a block around it' : 'this block';
      const free = [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${id}-${number}`).find((name) => !seen.has(name));
      this.walker.report(entry.range, {
        where: `${where}.id`,
        what: `The id "${id}" is taken in ${place}`,
        expected: 'an id of its own',
        got: id,
        suggestion: free ?? null,
      });
      return null;
    }
    seen.add(id);
    return id;
  }

  private kind(entries: readonly Entry[], { where, range }: NodePlace): keyof typeof STEP_FORMS | null {
    const kinds = Object.keys(STEP_FORMS);
    const found = entries.filter(({ name }) => kinds.includes(name));
    if (found.length === 1) return found[0]?.name as keyof typeof STEP_FORMS;
    const names = entries.map(({ name }) => name);
    const expected = `one of ${kinds.join(', ')}`;
    if (found.length > 1) {
      const at = found[1]?.key ?? range;
      this.walker.report(at, {
        where,
        what: 'The step is of several kinds',
        expected,
        got: found.map(({ name }) => name).join(' and '),
        advice: 'make two steps of it',
      });
      return null;
    }
    const known: string[] = ['id', 'with', 'when', 'steps', 'output', 'onFailure', 'attempts', 'deadlineSeconds', 'whenUnavailable'];
    const typo = entries.find(({ name }) => !known.includes(name) && nearest(name, kinds) !== null);
    const suggestion = typo === undefined ? null : nearest(typo.name, kinds);
    const advice = suggestion === null ? 'add "use:" with a step of the catalogue' : null;
    this.walker.report(typo?.key ?? range, {
      where,
      what: 'The step does not say what it does',
      expected,
      got: names.join(', '),
      suggestion,
      advice,
    });
    return null;
  }

  private kindOf(kind: keyof typeof STEP_FORMS, entries: readonly Entry[], place: NodePlace): ReadNode {
    const form = readForm(this.walker, STEP_FORMS[kind], entries, place.where, place.range);
    const when = form.get('when');
    const condition = when === undefined ? null : this.values.condition(when.value, `${place.where}.when`, when.range, place.scope);
    const onFailure = readField(this.walker, useForm.shape.onFailure, form.get('onFailure'), `${place.where}.onFailure`) ?? 'stop';
    const read = this.body(kind, form, place);
    const type = when !== undefined || onFailure === 'continue' ? nullable(read.type) : read.type;
    const depth = kind === 'use' ? 0 : read.depth + 1;
    if (kind !== 'use' && place.level + 1 > LIMITS.depth) {
      this.walker.report(place.range, {
        where: place.where,
        what: 'The blocks are nested too deeply',
        expected: `at most ${LIMITS.depth} levels`,
        got: String(place.level + 1),
        advice: 'make a workflow of its own of the inner steps',
      });
    }
    return { ...read, depth, type, node: read.node === null ? null : { ...read.node, when: condition, onFailure } };
  }

  private body(kind: keyof typeof STEP_FORMS, form: ReadonlyMap<string, Entry>, place: NodePlace): ReadNode {
    switch (kind) {
      case 'use':
        return this.step(form, place);
      case 'parallel':
        return readParallel(this, form, place);
      case 'repeat':
        return readRepeat(this, form, place);
      case 'choose':
        return readChoose(this, form, place);
      case 'workflow':
        return this.subWorkflow(form, place);
    }
  }

  /** Parameters with their keys, expressions checked. */
  private parameters(form: ReadonlyMap<string, Entry>, { where, scope }: NodePlace): ReadonlyMap<string, { key: Range; value: ReadValue }> {
    const given = form.get('with');
    if (given === undefined) return new Map();
    const entries = this.walker.map(given.value, `${where}.with`, given.key, 'a map of parameters by name') ?? [];
    return new Map(
      entries.map(({ name, key, value, range }) => [name, { key, value: this.values.read(value, `${where}.with.${name}`, range, scope) }]),
    );
  }

  private step(form: FormEntries, place: NodePlace): ReadNode {
    const { where } = place;
    const use = form.get('use');
    const name = readField(this.walker, useForm.shape.use, use, `${where}.use`);
    const attempts = readField(this.walker, useForm.shape.attempts, form.get('attempts'), `${where}.attempts`);
    const deadlineSeconds = readField(this.walker, useForm.shape.deadlineSeconds, form.get('deadlineSeconds'), `${where}.deadlineSeconds`);
    const whenUnavailable = readField(this.walker, useForm.shape.whenUnavailable, form.get('whenUnavailable'), `${where}.whenUnavailable`);
    const values = this.parameters(form, place);
    const facts = name === undefined ? undefined : this.facts.steps.get(name);
    if (facts === undefined) {
      const known = [...this.facts.steps.keys()];
      if (name !== undefined && use !== undefined) {
        this.walker.report(use.range, {
          where: `${where}.use`,
          what: `There is no step "${name}" in the catalogue`,
          expected: `one of ${known.join(', ')}`,
          got: name,
          suggestion: nearest(name, known),
        });
      }
      return NOTHING;
    }
    const at = form.get('with')?.key ?? use?.range ?? place.range;
    if (facts.input !== null) new SchemaCheck(this.walker, facts.input).parameters(values, `${where}.with`, at, `The step ${facts.name}`);
    const unavailable = form.get('whenUnavailable');
    if (unavailable !== undefined && facts.capability === null) {
      const what = `The step ${facts.name} is always there`;
      this.walker.report(unavailable.key, {
        where: `${where}.whenUnavailable`,
        what,
        expected: 'whenUnavailable only with a step that needs a capability',
        got: 'whenUnavailable',
        advice: 'remove "whenUnavailable:"',
      });
    }
    const node: StepNode = {
      ...{ kind: 'step', id: place.id, when: null, onFailure: 'stop', step: facts.name, capability: facts.capability },
      with: templatesOf(values),
      attempts: attempts ?? null,
      deadlineMs: deadlineSeconds === undefined ? null : Math.round(deadlineSeconds * 1_000),
      whenUnavailable: whenUnavailable ?? 'refuse',
    };
    const output = facts.output === null ? ANY : typeOfSchema(facts.output, facts.output);
    return { node, type: whenUnavailable === 'skip' ? nullable(output) : output, activations: 1, depth: 0 };
  }

  private subWorkflow(form: FormEntries, place: NodePlace): ReadNode {
    const { where, level } = place;
    const entry = form.get('workflow');
    const name = readField(this.walker, subForm.shape.workflow, entry, `${where}.workflow`);
    const values = this.parameters(form, place);
    if (name === undefined || entry === undefined) return NOTHING;
    const sub = this.subWorkflows.use(name);
    if ('problem' in sub) {
      this.walker.report(entry.range, { where: `${where}.workflow`, got: name, ...sub.problem });
      return NOTHING;
    }
    if (level + 1 + sub.depth > LIMITS.depth) {
      const got = `${level + 1 + sub.depth} with those of "${name}"`;
      this.walker.report(entry.range, {
        where: `${where}.workflow`,
        what: 'The blocks are nested too deeply',
        expected: `at most ${LIMITS.depth} levels`,
        got,
      });
    }
    checkSubInputs(this.walker, sub.inputs, values, `${where}.with`, form.get('with')?.key ?? entry.range, name);
    const node: SubWorkflowNode = {
      kind: 'workflow',
      id: place.id,
      when: null,
      onFailure: 'stop',
      body: sub.body,
      with: templatesOf(values),
    };
    return { node, type: sub.outputs, activations: sub.activations, depth: sub.depth };
  }
}

const parentOf = (where: string): string => where.replace(/(steps|otherwise)$/, '');

export const templatesOf = (values: ReadonlyMap<string, { readonly value: ReadValue }>): Record<string, Template> =>
  Object.fromEntries([...values].map(([name, { value }]) => [name, value.template]));
