import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { findPackageRoot } from '../../daemon/kernel/index.js';
import { dsp, type ParameterRow } from './analysis/dsp-module.js';

export const PARAMETERS_DOCUMENT = 'docs/reference/procedural-parameters.md';

const number = (value: number): string => String(Number(value.toPrecision(4)));

function rowText({ name, unit, minimum, maximum, initial, curve, effect }: ParameterRow): string {
  return `| \`${name}\` | ${unit === '' ? '–' : unit} | ${number(minimum)} … ${number(maximum)}${curve === 'exponential' ? ' (exponential)' : ''} | ${number(initial)} | ${effect} |`;
}

/** docs/reference/procedural-parameters.md, from the synthesiser's own table. */
export async function parametersDocument(): Promise<string> {
  const { instruments, genres } = dsp.describe();
  const sections = instruments.map(({ name, tonal, description, parameters }) =>
    [
      `## ${name}`,
      '',
      `${description[0]?.toUpperCase() ?? ''}${description.slice(1)}. ${tonal ? 'Tonal: in key, at −18 LUFS.' : 'Drums: peak at −6 dBTP.'}`,
      '',
      '| parameter | unit | range | default | what it does |',
      '|---|---|---|---|---|',
      ...parameters.map(rowText),
    ].join('\n'),
  );
  const text = [
    '# Parameters of the built-in generator',
    '',
    'Generated from the table in `native/dsp/parameters.cpp` by `npm run docs:reference`; a test compares them. The words of a prompt move these (see [the guide](../guides/prompts.md)).',
    '',
    `Genres, which bring patterns, swing and changes of the defaults: ${genres.filter((name) => name !== 'none').join(', ')}.`,
    '',
    ...sections.flatMap((section) => [section, '']),
  ].join('\n');
  const file = join(findPackageRoot(), PARAMETERS_DOCUMENT);
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
