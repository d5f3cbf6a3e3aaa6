import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot, GrymError, messageOf, systemCodeOf, type Clock, type Logger } from '../../kernel/index.js';
import type { ContextTransformer } from './context-transformer.js';
import { fromDeclaredRule } from './declared-rule.js';
import { readRuleFile } from './rule-file.js';
import { asMistake, closest, type RuleMistake } from './rule-mistakes.js';
import type { DeclaredRule } from './rule-schema.js';

export const BUILT_IN_RULE_FOLDER = join(findPackageRoot(), 'daemon', 'context', 'rules', 'built-in');

const MAXIMUM_FILES = 64;
const LOOK_EVERY_MS = 1_000;

export interface RuleFolderOptions {
  /** The user's; null where there is none. It need not exist. */
  readonly folder: string | null;
  readonly builtInFolder?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface KnownFile {
  readonly signature: string;
  readonly text: string;
}

function ruleFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Rules of the built-in files. A mistake in them is one of grym-synth, not of the user: throws. */
export function builtInRules(folder: string = BUILT_IN_RULE_FOLDER): DeclaredRule[] {
  return ruleFiles(folder).flatMap((name) => {
    const { rules, mistakes } = readRuleFile(readFileSync(join(folder, name), 'utf8'), name);
    if (mistakes.length === 0) return [...rules];
    throw new GrymError('GRYM_CONTEXT_RULES_INVALID', {
      count: mistakes.length,
      problems: mistakes.map(({ message }) => message).join(' '),
    });
  });
}

/**
 * Gives the transformer the built-in rules and those of the user's folder, and looks at most once a second whether files have
 * changed. A file with a mistake is reported; the rules it had before stay.
 */
export class RuleFolder {
  private readonly builtIn: readonly DeclaredRule[];
  private readonly files = new Map<string, KnownFile>();
  private readonly lastGood = new Map<string, readonly DeclaredRule[]>();
  private found: readonly RuleMistake[] = [];
  private nextLookMs = -Infinity;

  constructor(
    private readonly transformer: ContextTransformer,
    private readonly options: RuleFolderOptions,
  ) {
    this.builtIn = builtInRules(options.builtInFolder);
    this.takeOver();
    this.refresh();
  }

  /** Of the user's files as they are now. */
  get mistakes(): readonly RuleMistake[] {
    return this.found;
  }

  /** Cheap: two system calls for each file, at most once a second. Never throws. */
  refresh(): void {
    const { folder, clock, logger } = this.options;
    if (folder === null || clock.monotonicMs() < this.nextLookMs) return;
    this.nextLookMs = clock.monotonicMs() + LOOK_EVERY_MS;
    try {
      if (this.readChanged(folder)) this.takeOver();
    } catch (error) {
      logger.warn('the folder of context rules cannot be read; the rules stay as they were', { folder, reason: messageOf(error) });
    }
  }

  /** True where a file has come, gone or changed. */
  private readChanged(folder: string): boolean {
    const names = ruleFiles(folder).slice(0, MAXIMUM_FILES);
    let changed = false;
    for (const name of [...this.files.keys()].filter((known) => !names.includes(known))) {
      this.files.delete(name);
      this.lastGood.delete(name);
      changed = true;
    }
    for (const name of names) {
      const path = join(folder, name);
      const { mtimeMs, size, ino } = statSync(path);
      const signature = `${mtimeMs}/${size}/${ino}`;
      if (this.files.get(name)?.signature === signature) continue;
      this.files.set(name, { signature, text: readFileSync(path, 'utf8') });
      changed = true;
    }
    return changed;
  }

  private takeOver(): void {
    const mistakes: RuleMistake[] = [];
    const taken = new Set(this.builtIn.map(({ rule }) => rule));
    const declared: DeclaredRule[] = [];
    for (const [name, { text }] of [...this.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const file = join(this.options.folder ?? '', name);
      const read = readRuleFile(text, file);
      const problems = read.mistakes.length > 0 ? read.mistakes : namesMistakes(read.rules, text, file, taken, this.builtIn);
      mistakes.push(...problems);
      const rules = problems.length === 0 ? read.rules : (this.lastGood.get(name) ?? []);
      if (problems.length === 0) this.lastGood.set(name, rules);
      for (const rule of rules.filter(({ rule: ruleName }) => !taken.has(ruleName))) {
        taken.add(rule.rule);
        declared.push(rule);
      }
    }
    this.transformer.useFileRules(
      [...this.builtIn.map((rule) => fromDeclaredRule(rule, 'built-in')), ...declared.map((rule) => fromDeclaredRule(rule, 'user'))],
      new Set(declared.flatMap(({ replaces }) => replaces)),
    );
    this.found = mistakes;
    for (const { message } of mistakes)
      this.options.logger.error('context rules: mistake; the last good rules of this file stay', { mistake: message });
  }
}

/** Names that other files use already, and rules to be replaced that are not there. */
function namesMistakes(
  rules: readonly DeclaredRule[],
  text: string,
  file: string,
  taken: ReadonlySet<string>,
  builtIn: readonly DeclaredRule[],
): RuleMistake[] {
  const lines = text.split('\n');
  const at = (word: string): { line: number; column: number } => {
    const line = lines.findIndex((entry) => entry.includes(word));
    return { line: Math.max(0, line) + 1, column: Math.max(0, lines[line]?.indexOf(word) ?? 0) + 1 };
  };
  return rules.flatMap((rule, index) => {
    const own = `rules[${index}]`;
    const twice = taken.has(rule.rule)
      ? [
          asMistake({
            file,
            ...at(rule.rule),
            where: `${own}.rule`,
            expected: 'a name that no other rule has',
            got: `"${rule.rule}"`,
            suggestion: `Choose another name; "replaces: [${rule.rule}]" switches the other one off.`,
          }),
        ]
      : [];
    const unknown = rule.replaces
      .filter((name) => !taken.has(name))
      .map((name) =>
        asMistake({
          file,
          ...at(name),
          where: `${own}.replaces`,
          expected: 'the name of a rule that is there',
          got: `"${name}"`,
          suggestion: closest(
            name,
            builtIn.map((entry) => entry.rule),
          ),
        }),
      );
    return [...twice, ...unknown];
  });
}
