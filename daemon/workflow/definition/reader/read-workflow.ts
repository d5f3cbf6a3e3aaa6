import { basename } from 'node:path';
import { COMPILED_FORMAT, type CompiledWorkflow, type Template, type WorkflowBody } from '../compiled.js';
import type { ReadWorkflow } from '../documents.js';
import { mapOf, type Type } from '../expressions/types.js';
import type { CatalogueFacts } from '../facts.js';
import { nearest } from '../suggest.js';
import { BlockScope } from './block-scope.js';
import { documentForm, limitsForm, LIMITS, NAME_PATTERN } from './document-schema.js';
import { checkName, readField, readForm, type FormEntries } from './forms.js';
import { readInputs } from './read-inputs.js';
import { holdersOf, NodeReader, type ReadSequence } from './read-nodes.js';
import { parseYaml, reportDepth } from './parse-yaml.js';
import { Source, TooManyMistakes } from './source.js';
import type { SubWorkflow, SubWorkflows } from './sub-workflows.js';
import { Walker } from './yaml.js';

/** Of one document, before it is put together with those it uses. */
interface ReadDocument {
  readonly title: string;
  readonly help: string;
  readonly sub: SubWorkflow;
}

/** Reads a document and those it uses; each used workflow becomes one body, however often it is used. */
class Compilation {
  readonly bodies: (WorkflowBody | null)[] = [];
  private readonly known = new Map<string, ReturnType<SubWorkflows['use']>>();
  /** Names of the workflows that are being read, the outermost first. */
  private readonly stack: string[] = [];

  constructor(private readonly facts: CatalogueFacts) {}

  read(source: Source): ReadDocument | null {
    const around = this.stack.length;
    try {
      return this.document(source);
    } catch (error) {
      this.stack.length = around;
      if (error instanceof TooManyMistakes) return null;
      if (!(error instanceof RangeError)) throw error;
      reportDepth(source);
      return null;
    }
  }

  private document(source: Source): ReadDocument | null {
    const root = parseYaml(source);
    if (root === null) {
      if (source.mistakes.length === 0) {
        source.report(
          { start: 0, end: 1 },
          { where: '', what: 'The document is empty', expected: 'a workflow', got: 'nothing', advice: 'begin with "workflow: <name>"' },
        );
      }
      return null;
    }
    const walker = new Walker(source);
    const entries = walker.map(root, '', { start: 0, end: 1 }, 'a workflow: a map with workflow, version, title and steps');
    if (entries === null) return null;
    const form = readForm(walker, documentForm, entries, '', entries[0]?.key ?? { start: 0, end: 1 });
    const { shape } = documentForm;
    const name = readField(walker, shape.workflow, form.get('workflow'), 'workflow') ?? basename(source.fileName).replace(/\.ya?ml$/, '');
    const version = readField(walker, shape.version, form.get('version'), 'version') ?? 1;
    const title = readField(walker, shape.title, form.get('title'), 'title') ?? '';
    const help = readField(walker, shape.help, form.get('help'), 'help') ?? '';
    const { inputs, type } = readInputs(walker, form.get('inputs'));

    const index = this.bodies.length;
    this.bodies.push(null);
    this.stack.push(name);
    const { sequence, outputs, outputType } = this.steps(walker, form, type);
    this.stack.pop();
    this.limits(walker, form, sequence);
    this.bodies[index] = { name, version, inputs, nodes: sequence.sequence.nodes, outputs };
    return { title, help, sub: { body: index, inputs, outputs: outputType, activations: sequence.activations, depth: sequence.depth } };
  }

  private steps(walker: Walker, form: FormEntries, inputs: BlockScope['inputs']) {
    const steps = form.get('steps');
    const nothing: ReadSequence = { sequence: { nodes: [], output: null }, type: mapOf({}), activations: 0, depth: 0 };
    const reader = new NodeReader(walker, this.facts, this.subWorkflows);
    const scope = new BlockScope(inputs, new Map(), new Set(), holdersOf(steps?.value ?? null));
    const outputs: (readonly [string, Template])[] = [];
    const types: (readonly [string, Type])[] = [];
    const readOutputs = (inner: BlockScope): void => {
      const given = form.get('outputs');
      if (given === undefined) return;
      for (const entry of walker.map(given.value, 'outputs', given.key, 'a map of outputs by name') ?? []) {
        checkName(walker, NAME_PATTERN, entry, `outputs.${entry.name}`);
        const output = reader.values.read(entry.value, `outputs.${entry.name}`, entry.range, inner);
        outputs.push([entry.name, output.template]);
        types.push([entry.name, output.type]);
      }
    };
    if (steps === undefined) readOutputs(scope);
    const sequence =
      steps === undefined ? nothing : reader.sequence(steps.value, 'steps', steps.key, scope, 0, null, undefined, readOutputs);
    return { sequence, outputs: Object.fromEntries(outputs), outputType: mapOf(Object.fromEntries(types)) };
  }

  private limits(walker: Walker, form: FormEntries, { activations }: ReadSequence): void {
    const entry = form.get('limits');
    let most: number = LIMITS.activations;
    if (entry !== undefined) {
      const fields = walker.map(entry.value, 'limits', entry.key, 'a map of limits') ?? [];
      const limits = readForm(walker, limitsForm, fields, 'limits', entry.key);
      most = readField(walker, limitsForm.shape.activations, limits.get('activations'), 'limits.activations') ?? most;
    }
    const steps = form.get('steps');
    if (activations <= most || steps === undefined) return;
    const advice = 'lower the bounds of its loops and branches, or split it';
    walker.report(steps.key, {
      where: 'steps',
      what: 'The workflow may become too large',
      expected: `at most ${most} steps in a run, loops and branches multiplied out`,
      got: String(activations),
      advice,
    });
  }

  private readonly subWorkflows: SubWorkflows = {
    use: (name) => {
      if (this.stack.includes(name)) {
        const circle = [...this.stack.slice(this.stack.indexOf(name)), name].join(' → ');
        return {
          problem: {
            what: `The workflows use each other in a circle: ${circle}`,
            expected: 'a workflow that does not use this one',
            advice: 'use "repeat:" for a loop',
          },
        };
      }
      // Each is read once, also one with mistakes.
      const known = this.known.get(name) ?? this.readSub(name);
      this.known.set(name, known);
      return known;
    },
  };

  private readSub(name: string): ReturnType<SubWorkflows['use']> {
    const found = this.facts.workflows.get(name);
    if (found === undefined) {
      const names = [...this.facts.workflows.keys()];
      const expected = names.length === 0 ? 'a workflow of the library; there are none' : `one of ${names.join(', ')}`;
      return { problem: { what: `There is no workflow "${name}"`, expected, suggestion: nearest(name, names) } };
    }
    if (this.stack.length > LIMITS.depth) {
      return {
        problem: { what: 'The workflows are nested too deeply', expected: `at most ${LIMITS.depth} levels`, advice: 'make it flatter' },
      };
    }
    const source = new Source(found.text, found.fileName);
    const read = this.read(source);
    const [first] = source.mistakes;
    if (read !== null && first === undefined) return read.sub;
    const what = `The workflow "${name}" has mistakes itself`;
    const at = first === undefined ? found.fileName : `${first.file}:${first.line}:${first.column}: ${first.message}`;
    return { problem: { what, expected: 'a workflow without mistakes', advice: at.replace(/\.$/, '') } };
  }
}

/** Reads, checks and compiles a document; tells all mistakes at once, in the order of the file. */
export function readWorkflow(text: string, fileName: string, facts: CatalogueFacts): ReadWorkflow {
  const source = new Source(text, fileName);
  const compilation = new Compilation(facts);
  const read = compilation.read(source);
  const { mistakes } = source;
  const bodies = compilation.bodies.filter((body) => body !== null);
  if (read === null || mistakes.length > 0 || bodies.length !== compilation.bodies.length) return { compiled: null, mistakes };
  const { title, help, sub } = read;
  const compiled: CompiledWorkflow = { format: COMPILED_FORMAT, title, help, bodies, maximumActivations: sub.activations };
  return { compiled, mistakes };
}
