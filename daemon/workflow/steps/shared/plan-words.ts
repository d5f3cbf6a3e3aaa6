import type { CompiledNode, CompiledWorkflow, Sequence, Template } from '../../definition/index.js';

/** One line on what a step or a workflow does; undefined where that is not known. */
export interface PlanHelp {
  readonly step: (name: string) => string | undefined;
  readonly workflow: (name: string) => string | undefined;
}

const SHOWN_CHARACTERS = 120;

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 1)}…` : text;
}

function valueWords(template: Template): string {
  if ('literal' in template) return typeof template.literal === 'string' ? `"${template.literal}"` : JSON.stringify(template.literal);
  if ('expression' in template) return template.expression.trim();
  if ('text' in template)
    return `"${template.text.map((part) => (typeof part === 'string' ? part : `\${ ${part.expression.trim()} }`)).join('')}"`;
  if ('list' in template) return `[${template.list.map(valueWords).join(', ')}]`;
  return `{${Object.entries(template.object)
    .map(([name, value]) => `${name}: ${valueWords(value)}`)
    .join(', ')}}`;
}

function withWords(given: Readonly<Record<string, Template>>): string {
  const words = Object.entries(given).map(([name, value]) => `${name} ${shortened(valueWords(value))}`);
  return words.length === 0 ? '' : `, with ${words.join(', ')}`;
}

class PlanWords {
  readonly lines: string[] = [];

  constructor(
    private readonly compiled: CompiledWorkflow,
    private readonly help: PlanHelp,
  ) {}

  nodes(nodes: readonly CompiledNode[], indent: string): void {
    for (const [index, node] of nodes.entries()) {
      const condition = node.when === null ? '' : `Only if ${node.when.trim()}: `;
      const forgiven = node.onFailure === 'continue' ? ' A failure is passed over.' : '';
      this.lines.push(`${indent}${index + 1}. ${condition}${this.head(node)}${forgiven}`);
      for (const [title, body] of this.inside(node)) {
        if (title !== '') this.lines.push(`${indent}   ${title}`);
        this.nodes(body.nodes, `${indent}   `);
      }
    }
  }

  private head(node: CompiledNode): string {
    switch (node.kind) {
      case 'step':
        return this.does(node.step, this.help.step(node.step), node.with);
      case 'workflow': {
        const name = this.compiled.bodies[node.body]?.name ?? '';
        return this.does(`the workflow ${name}`, this.help.workflow(name), node.with);
      }
      case 'parallel': {
        const { over } = node;
        if (over.kind === 'branches') return 'At the same time:';
        return over.kind === 'times' ? `${valueWords(over.count)} times at once:` : `For each of ${valueWords(over.list)} at once:`;
      }
      case 'repeat':
        return `At most ${node.atMost} times, until ${node.until.trim()}:`;
      case 'choose':
        return 'One of these ways:';
    }
  }

  private does(name: string, help: string | undefined, given: Readonly<Record<string, Template>>): string {
    return `${name}${help === undefined || help === '' ? '' : ` (${help})`}${withWords(given)}.`;
  }

  private inside(node: CompiledNode): readonly (readonly [string, Sequence])[] {
    switch (node.kind) {
      case 'step':
      case 'workflow':
        return [];
      case 'parallel':
        return node.over.kind === 'branches' ? node.over.branches.map(({ name, body }) => [`${name}:`, body]) : [['', node.over.body]];
      case 'repeat':
        return [['', node.body]];
      case 'choose':
        return node.options.map(({ when, body }) => [when === null ? 'otherwise:' : `if ${when.trim()}:`, body]);
    }
  }
}

/** What a plan does, one line for each step, blocks indented: for people who do not read documents. */
export function planWords(compiled: CompiledWorkflow, help: PlanHelp): string[] {
  const words = new PlanWords(compiled, help);
  words.nodes(compiled.bodies[0]?.nodes ?? [], '');
  return words.lines;
}
