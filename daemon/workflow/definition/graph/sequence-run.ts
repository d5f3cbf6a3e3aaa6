import type { JsonValue } from '../../../kernel/index.js';
import type { CompiledNode, Sequence } from '../compiled.js';
import { startChoose, startParallel, startRepeat, startStep, startSubWorkflow } from './blocks.js';
import { attempt, done, ordinal, type Outcome, type Place, type Run } from './node-run.js';
import type { Scope } from './scope.js';
import type { Share } from './share.js';
import { evaluateCondition, evaluateTemplate } from './template.js';

/** One pass through a list of nodes, one after the other. */
export class SequenceRun {
  private index = 0;
  private last: JsonValue = null;
  private nodeShare: Share;
  private readonly weight: number;

  constructor(
    private readonly run: Run,
    private readonly sequence: Sequence,
    readonly scope: Scope,
    private readonly place: Place,
    private readonly ended: (outcome: Outcome) => void,
  ) {
    this.weight = run.weight(sequence);
    this.nodeShare = place.share;
  }

  /** Goes on until something is open (null) or all is over. */
  goOn(): Outcome | null {
    for (;;) {
      const node = this.sequence.nodes[this.index];
      if (node === undefined) return this.result();
      const outcome = this.startNode(node);
      if (outcome === null) return null;
      const end = this.take(node, outcome);
      if (end !== null) return end;
    }
  }

  private startNode(node: CompiledNode): Outcome | null {
    const path = this.place.path === '' ? node.id : `${this.place.path}/${node.id}`;
    this.nodeShare = this.place.share.part(this.run.weightOf(node) / this.weight);
    const { when } = node;
    if (when !== null) {
      const holds = attempt(path, () => evaluateCondition(when, this.scope, path));
      if ('failure' in holds) return holds.failure;
      if (!holds.value) return done(null);
    }
    const place = {
      path,
      position: this.place.position + (this.place.position === '' ? '' : '.') + ordinal(this.index),
      branch: this.place.branch,
      share: this.nodeShare,
    };
    const later = (outcome: Outcome): void => {
      const end = this.take(node, outcome) ?? this.goOn();
      if (end !== null) this.ended(end);
    };
    switch (node.kind) {
      case 'step':
        return startStep(this.run, node, this.scope, place, later);
      case 'parallel':
        return startParallel(this.run, node, this.scope, place, later);
      case 'repeat':
        return startRepeat(this.run, node, this.scope, place, later);
      case 'choose':
        return startChoose(this.run, node, this.scope, place, later);
      case 'workflow':
        return startSubWorkflow(this.run, node, this.scope, place, later);
    }
  }

  /** Notes how a node came out; returns an outcome where that ends the sequence. */
  private take(node: CompiledNode, outcome: Outcome): Outcome | null {
    if (outcome.kind === 'failed' && (node.onFailure === 'stop' || outcome.endsRun === true)) return outcome;
    this.last = outcome.kind === 'done' ? outcome.output : null;
    this.scope.set(node.id, this.last);
    this.nodeShare.finish();
    this.index += 1;
    return null;
  }

  private result(): Outcome {
    const { output } = this.sequence;
    if (output === null) return done(this.last);
    const value = attempt(this.place.path, () => evaluateTemplate(output, this.scope, this.place.path));
    return 'failure' in value ? value.failure : done(value.value);
  }
}
