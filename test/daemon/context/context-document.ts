import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtInRules,
  CONTEXT_CATEGORIES,
  CONTEXT_RANKS,
  KNOWN_FIELDS,
  MAXIMUM_ALTERNATIVES,
  type KnownField,
} from '../../../daemon/context/index.js';
import { findPackageRoot } from '../../../daemon/kernel/index.js';

export const CONTEXT_DOCUMENT = 'docs/reference/context.md';
const BEGIN = '<!-- Generated from here on by `npm run docs:reference`; a test compares it with the source. -->';

const RANK_MEANINGS: Readonly<Record<(typeof CONTEXT_RANKS)[number], string>> = {
  request: 'what was asked for',
  host: 'what the host of the bridge says now: tempo, metre, sample rate',
  analysis: 'what a step of this run found out',
  preference: 'what was learned about the user',
  default: 'what holds where nobody says anything',
};

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function fields(): string[] {
  const entries: [string, KnownField][] = Object.entries(KNOWN_FIELDS);
  return CONTEXT_CATEGORIES.flatMap((category) => {
    const rows = entries.filter(([, field]) => field.category === category);
    if (rows.length === 0) return [];
    return [
      `### ${category}`,
      '',
      '| field | meaning | unit | range |',
      '| --- | --- | --- | --- |',
      ...rows.map(([name, { help, unit, range }]) => `| \`${name}\` | ${cell(help)} | ${unit} | ${cell(range)} |`),
      '',
    ];
  });
}

function rules(): string[] {
  return builtInRules().map(({ rule, from, to, set, priority, help }) => {
    const made = Object.entries(set).map(([field, { from }]) => `\`${from ?? 'a constant'}\` → \`${field}\``);
    return `| \`${rule}\` | ${made.join(', ')} | ${from === '*' ? 'any step' : `\`${from}\``} | \`${to}\` | ${priority} | ${cell(help)} |`;
  });
}

function generated(): string {
  return [
    '## Ranks',
    '',
    ...CONTEXT_RANKS.map((rank, index) => `${index + 1}. **${rank}**: ${RANK_MEANINGS[rank]}.`),
    '',
    `An earlier rank wins; within a rank the item that is later in the graph. Up to ${MAXIMUM_ALTERNATIVES} others are kept with the reason why they lost.`,
    '',
    '## Known fields',
    '',
    'Steps and rules agree on these; a value out of the range is refused with `GRYM_CONTEXT_ITEM_INVALID`. Other fields (camelCase, up to 60 characters) take any JSON.',
    '',
    ...fields(),
    '## Built-in rules',
    '',
    'From `daemon/context/rules/built-in/`. How rules are written and who wins: [guide](../guides/context-rules.md).',
    '',
    'A step gets what it has a parameter for, and no more. The words `any step` and a capability say whose facts count; those of the request and the host always do.',
    '',
    '| rule | makes | of facts of | for steps with | priority | why |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rules(),
    '',
  ].join('\n');
}

/** The page with its generated part made anew. */
export function contextDocument(): string {
  const text = readFileSync(join(findPackageRoot(), CONTEXT_DOCUMENT), 'utf8');
  const begin = text.indexOf(BEGIN);
  if (begin === -1) throw new Error(`${CONTEXT_DOCUMENT} lacks the line ${BEGIN}`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${generated()}`;
}
