import type { ChooseNode, ParallelNode, RepeatNode, Template } from '../compiled.js';
import { ANY, BOOLEAN, describe, listOf, mapOf, mayBe, NULL, nullable, NUMBER, unionOf, type Type } from '../expressions/types.js';
import { nearest } from '../suggest.js';
import { loopType } from './block-scope.js';
import { againForm, ID_PATTERN, LIMITS, otherwiseOption, overForm, whenOption } from './document-schema.js';
import { checkName, readField, readForm, readValueOf, type FormEntries } from './forms.js';
import type { Loop, NodeContext, NodePlace, ReadNode } from './read-nodes.js';
import type { Range } from './source.js';
import { shapeOf, type Entry } from './yaml.js';

// Names that mean something else in every expression, or are words of the language.
const RESERVED = new Set(
  (
    'inputs run steps true false null in has all exists exists_one map filter as break const continue else for function if import let loop ' +
    'package namespace return var void while'
  ).split(' '),
);

const nothing = (activations = 1): ReadNode => ({ node: null, type: ANY, activations, depth: 0 });

function loopName({ walker }: NodeContext, entry: Entry | undefined, { where, scope }: NodePlace, key: string): string | null {
  const at = `${where}.${key}.as`;
  const name = readField(walker, overForm.shape.as, entry, at);
  if (entry === undefined || name === undefined) return null;
  const taken = scope.variables.has(name);
  if (!taken && !RESERVED.has(name)) return name;
  const what = taken ? `The name "${name}" belongs to a loop around this one` : `The name "${name}" is reserved`;
  walker.report(entry.range, {
    where: at,
    what,
    expected: 'a name of its own',
    got: name,
    suggestion: `this${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  });
  return null;
}

interface Over {
  readonly kind: 'times' | 'for-each';
  readonly template: Template;
  /** Null where an expression says it. */
  readonly count: number | null;
  readonly entry: Type;
}

function readTimes(context: NodeContext, entry: Entry, { where, scope }: NodePlace): Over {
  const at = `${where}.parallel.times`;
  const value = context.values.read(entry.value, at, entry.range, scope);
  if ('literal' in value.template) {
    const count = readValueOf(context.walker, againForm.shape.atMost, entry.value, entry.range, at);
    return { kind: 'times', template: value.template, count: count ?? 1, entry: ANY };
  }
  if (!mayBe(value.type, NUMBER)) {
    context.walker.report(entry.range, {
      where: at,
      what: 'The number of branches has the wrong type',
      expected: 'a whole number',
      got: describe(value.type),
    });
  }
  return { kind: 'times', template: value.template, count: null, entry: ANY };
}

function readForEach(context: NodeContext, entry: Entry, { where, scope }: NodePlace): Over {
  const at = `${where}.parallel.forEach`;
  const value = context.values.read(entry.value, at, entry.range, scope);
  const bare = value.type.kind === 'list' ? value.type : null;
  if (!mayBe(value.type, listOf(ANY))) {
    context.walker.report(entry.range, {
      where: at,
      what: 'What is gone through has the wrong type',
      expected: 'a list',
      got: describe(value.type),
    });
  }
  const literal = 'literal' in value.template ? value.template.literal : null;
  const count = Array.isArray(literal) ? literal.length : 'list' in value.template ? value.template.list.length : null;
  return { kind: 'for-each', template: value.template, count, entry: bare?.of ?? ANY };
}

/** The bound on the branches, stated or told by the document. */
function boundOf({ walker }: NodeContext, over: Over, entry: Entry | undefined, { where }: NodePlace, range: Range): number {
  const atMost = readField(walker, overForm.shape.atMost, entry, `${where}.parallel.atMost`);
  if (entry === undefined && over.count === null) {
    const what = 'The number of branches has no bound';
    const expected = `atMost: a number up to ${LIMITS.activations}, since an expression says how many there are`;
    walker.report(range, { where: `${where}.parallel`, what, expected, got: 'no atMost', advice: 'add "atMost:"' });
    return 1;
  }
  if (over.count === null) return atMost ?? 1;
  if (atMost !== undefined && entry !== undefined && over.count > atMost) {
    const got = `${over.count} branches`;
    walker.report(entry.range, {
      where: `${where}.parallel.atMost`,
      what: 'There are more branches than that',
      expected: `at least ${over.count}`,
      got: `${atMost} for ${got}`,
      suggestion: String(over.count),
    });
  }
  return over.count;
}

function atLeastOf(context: NodeContext, entry: Entry | undefined, { where, scope }: NodePlace, branches: number): Template | null {
  if (entry === undefined) return null;
  const at = `${where}.parallel.atLeast`;
  const value = context.values.read(entry.value, at, entry.range, scope);
  if (!('literal' in value.template)) {
    if (!mayBe(value.type, NUMBER)) {
      context.walker.report(entry.range, {
        where: at,
        what: 'The number has the wrong type',
        expected: 'a whole number',
        got: describe(value.type),
      });
    }
    return value.template;
  }
  const atLeast = readField(context.walker, overForm.shape.atLeast, entry, at);
  if (typeof atLeast === 'number' && atLeast > branches) {
    context.walker.report(entry.range, {
      where: at,
      what: 'More branches must succeed than there are',
      expected: `at most ${branches}`,
      got: String(atLeast),
      suggestion: String(branches),
    });
  } else if (typeof atLeast === 'string') {
    context.walker.report(entry.range, {
      where: at,
      what: 'The number has the wrong type',
      expected: 'a whole number',
      got: shapeOf(entry.value),
    });
  }
  return value.template;
}

function readBranches(context: NodeContext, entry: Entry, over: FormEntries, form: ReadonlyMap<string, Entry>, place: NodePlace): ReadNode {
  const { walker } = context;
  const at = `${place.where}.parallel.branches`;
  const steps = form.get('steps') ?? form.get('output');
  if (steps !== undefined) {
    const what = `A block with branches has no "${steps.name}" of its own`;
    walker.report(steps.key, {
      where: `${place.where}.${steps.name}`,
      what,
      expected: 'the steps in each branch',
      got: steps.name,
      advice: `move "${steps.name}:" into the branches`,
    });
  }
  for (const key of ['as', 'atMost'] as const) {
    const extra = over.get(key);
    if (extra === undefined) continue;
    walker.report(extra.key, {
      where: `${place.where}.parallel.${key}`,
      what: `Named branches have no "${key}"`,
      expected: 'branches, atLeast',
      got: key,
      advice: `remove "${key}:"`,
    });
  }
  const entries = walker.map(entry.value, at, entry.key, 'a map of branches by name') ?? [];
  if (entries.length === 0)
    walker.report(entry.range, {
      where: at,
      what: 'There are no branches',
      expected: 'branches by name',
      got: shapeOf(entry.value),
      advice: 'add a branch',
    });
  const atLeast = atLeastOf(context, over.get('atLeast'), place, Math.max(entries.length, 1));
  const branches = entries.map((branch) => {
    const { name, value, range } = branch;
    checkName(walker, ID_PATTERN, branch, `${at}.${name}`);
    return { name, ...context.sequence(value, `${at}.${name}`, range, place.scope, place.level + 1, null) };
  });
  const types = branches.map(({ name, type }) => [name, atLeast === null ? type : nullable(type)] as const);
  const node: ParallelNode = {
    ...{ kind: 'parallel', id: place.id, when: null, onFailure: 'stop', atLeast, as: null, atMost: Math.max(branches.length, 1) },
    over: { kind: 'branches', branches: branches.map(({ name, sequence }) => ({ name, body: sequence })) },
  };
  const activations = branches.reduce((sum, branch) => sum + branch.activations, 0);
  return { node, type: mapOf(Object.fromEntries(types)), activations, depth: Math.max(0, ...branches.map(({ depth }) => depth)) };
}

export function readParallel(context: NodeContext, form: FormEntries, place: NodePlace): ReadNode {
  const { walker } = context;
  const { where, scope, level } = place;
  const entry = form.get('parallel');
  if (entry === undefined) return nothing();
  const fields = walker.map(entry.value, `${where}.parallel`, entry.key, 'a map with times, forEach or branches');
  if (fields === null) return nothing();
  const over = readForm(walker, overForm, fields, `${where}.parallel`, entry.key);
  const kinds = (['times', 'forEach', 'branches'] as const).filter((name) => over.has(name));
  const [kind, second] = kinds;
  if (kind === undefined || second !== undefined) {
    const what = kind === undefined ? 'It is not said what the branches are' : 'The branches are said twice';
    const advice = kind === undefined ? 'add "times:", "forEach:" or "branches:"' : `remove "${String(second)}:"`;
    const at = second === undefined ? entry.key : (over.get(second)?.key ?? entry.key);
    walker.report(at, {
      where: `${where}.parallel`,
      what,
      expected: 'one of times, forEach, branches',
      got: kinds.join(' and ') || 'none of them',
      advice,
    });
    return nothing();
  }
  const branching = over.get(kind) as Entry;
  if (kind === 'branches') return readBranches(context, branching, over, form, place);

  const read = kind === 'times' ? readTimes(context, branching, place) : readForEach(context, branching, place);
  const atMost = boundOf(context, read, over.get('atMost'), place, entry.key);
  const atLeast = atLeastOf(context, over.get('atLeast'), place, atMost);
  const as = loopName(context, over.get('as'), place, 'parallel');
  const steps = form.get('steps');
  if (steps === undefined) {
    walker.report(place.range, {
      where,
      what: 'The key "steps" is missing',
      expected: 'steps: what each branch does',
      got: [...form.keys()].join(', '),
      advice: 'add "steps:"',
    });
    return nothing();
  }
  const loop: Loop | null = as === null ? null : { name: as, type: loopType(read.kind, read.entry) };
  const body = context.sequence(steps.value, `${where}.steps`, steps.key, scope, level + 1, loop, form.get('output'));
  const node: ParallelNode = {
    ...{ kind: 'parallel', id: place.id, when: null, onFailure: 'stop', atMost, atLeast, as },
    over:
      read.kind === 'times'
        ? { kind: 'times', count: read.template, body: body.sequence }
        : { kind: 'for-each', list: read.template, body: body.sequence },
  };
  // A block of no branches is a part of the run too: passes through it are counted.
  return { node, type: listOf(body.type), activations: Math.max(1, atMost * body.activations), depth: body.depth };
}

export function readRepeat(context: NodeContext, form: FormEntries, place: NodePlace): ReadNode {
  const { walker } = context;
  const { where, scope, level } = place;
  const entry = form.get('repeat');
  if (entry === undefined) return nothing();
  const fields = walker.map(entry.value, `${where}.repeat`, entry.key, 'a map with atMost and until');
  if (fields === null) return nothing();
  const again = readForm(walker, againForm, fields, `${where}.repeat`, entry.key);
  const atMost = readField(walker, againForm.shape.atMost, again.get('atMost'), `${where}.repeat.atMost`) ?? 1;
  const as = loopName(context, again.get('as'), place, 'repeat');
  const steps = form.get('steps');
  if (steps === undefined) return nothing();
  const loop: Loop | null = as === null ? null : { name: as, type: loopType('repeat') };
  const until = again.get('until');
  let condition: string | null = null;
  const body = context.sequence(steps.value, `${where}.steps`, steps.key, scope, level + 1, loop, form.get('output'), (inner) => {
    if (until !== undefined) condition = context.values.condition(until.value, `${where}.repeat.until`, until.range, inner);
  });
  const node: RepeatNode | null =
    condition === null
      ? null
      : { kind: 'repeat', id: place.id, when: null, onFailure: 'stop', atMost, until: condition, as, body: body.sequence };
  const type = mapOf({ output: body.type, passes: NUMBER, satisfied: BOOLEAN });
  return { node, type, activations: atMost * body.activations, depth: body.depth };
}

export function readChoose(context: NodeContext, form: FormEntries, place: NodePlace): ReadNode {
  const { walker, values } = context;
  const { where, scope, level } = place;
  const entry = form.get('choose');
  if (entry === undefined) return nothing();
  const items = walker.list(entry.value, `${where}.choose`, entry.key, 'a list of ways to go on');
  if (items === null) return nothing();
  if (items.length === 0) {
    walker.report(entry.range, {
      where: `${where}.choose`,
      what: 'There is nothing to choose from',
      expected: 'entries with when or otherwise',
      got: 'an empty list',
      advice: 'add an entry with "when:" and "steps:"',
    });
  }
  const options: { when: string | null; body: ReturnType<NodeContext['sequence']> }[] = [];
  let otherwise = false;
  for (const [index, item] of items.entries()) {
    const at = `${where}.choose[${index}]`;
    const fields = walker.map(item, at, entry.key, 'a map with when and steps, or with otherwise');
    if (fields === null) continue;
    const range = fields[0]?.key ?? entry.key;
    if (otherwise) {
      walker.report(range, {
        where: at,
        what: 'This is never reached: "otherwise" stands before it',
        expected: '"otherwise" as the last entry',
        got: fields.map(({ name }) => name).join(', '),
        advice: 'move "otherwise" to the end',
      });
    }
    const isOtherwise = fields.some(({ name }) => name === 'otherwise');
    if (!isOtherwise && !fields.some(({ name }) => name === 'when')) {
      const typo = fields.find(({ name }) => nearest(name, ['when', 'otherwise']) !== null);
      const suggestion = typo === undefined ? null : nearest(typo.name, ['when', 'otherwise']);
      const problem = {
        where: at,
        what: 'It is not said when this is taken',
        expected: 'when or otherwise',
        got: fields.map(({ name }) => name).join(', '),
      };
      walker.report(typo?.key ?? range, { ...problem, suggestion, advice: suggestion === null ? 'add "when:"' : null });
      continue;
    }
    const option = readForm(walker, isOtherwise ? otherwiseOption : whenOption, fields, at, range);
    const condition = option.get('when');
    const steps = option.get(isOtherwise ? 'otherwise' : 'steps');
    const when = condition === undefined ? null : values.condition(condition.value, `${at}.when`, condition.range, scope);
    otherwise ||= isOtherwise;
    if (steps !== undefined)
      options.push({
        when,
        body: context.sequence(steps.value, `${at}.${steps.name}`, steps.key, scope, level + 1, null, option.get('output')),
      });
  }
  const node: ChooseNode = {
    ...{ kind: 'choose', id: place.id, when: null, onFailure: 'stop' },
    options: options.map(({ when, body }) => ({ when, body: body.sequence })),
  };
  const type = unionOf([...options.map(({ body }) => body.type), ...(otherwise ? [] : [NULL])]);
  const most = (of: (body: ReturnType<NodeContext['sequence']>) => number): number => Math.max(0, ...options.map(({ body }) => of(body)));
  return { node, type, activations: most((body) => body.activations), depth: most((body) => body.depth) };
}
