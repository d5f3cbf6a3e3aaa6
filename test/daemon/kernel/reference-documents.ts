import { ERROR_CATALOGUE, ERROR_KINDS, SETTINGS, type CatalogueEntry, type Setting } from '../../../daemon/kernel/index.js';

const GENERATED = '<!-- Generated from the source by `npm run docs:reference`; a test compares them. -->';

const KIND_MEANINGS: Readonly<Record<(typeof ERROR_KINDS)[number], string>> = {
  transient: 'may pass by itself; trying again can help',
  timeout: 'took too long',
  resource: 'something is full, taken or missing on this computer',
  'invalid-input': 'what was asked for cannot be done as it was asked',
  'model-fault': 'a model or its process failed',
  cancelled: 'the user or the caller took it back',
  fatal: 'will not pass by itself',
};

function code(text: string): string {
  return text.replaceAll(/\{(\w+)\}/g, '‹$1›').replaceAll('|', '\\|');
}

export function errorsDocument(): string {
  const entries: [string, CatalogueEntry][] = Object.entries(ERROR_CATALOGUE);
  const kinds = ERROR_KINDS.map((kind) => `- **${kind}**: ${KIND_MEANINGS[kind]}.`);
  const sections = entries.map(([name, { kind, message, remedy }]) =>
    [`## ${name}`, '', `Kind: ${kind}.`, '', `> ${code(message)}`, '', code(remedy)].join('\n'),
  );
  const head = [
    '# Errors',
    '',
    GENERATED,
    '',
    'Every error has a code, which is never used for another meaning, and a kind:',
    '',
    ...kinds,
  ].join('\n');
  return `${[head, ...sections].join('\n\n')}\n`;
}

export function configurationDocument(): string {
  const entries: [string, Setting][] = Object.entries(SETTINGS);
  const rows = entries.map(([name, { environment, flag, help }]) => `| \`${name}\` | \`${environment}\` | \`${flag}\` | ${code(help)} |`);
  const text = [
    '# Configuration',
    '',
    GENERATED,
    '',
    'A flag beats the environment, which beats the file, which beats the default. An empty environment variable counts as none.',
    'The file is `$XDG_CONFIG_HOME/grym-synth/config.json` (else `~/.config/grym-synth/config.json`), or what `GRYM_CONFIG` or',
    '`--config` names: one JSON object with settings by name. A mistake is reported with the place it comes from, and nothing starts.',
    '',
    '| setting | environment | flag | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
  ];
  return `${text.join('\n')}\n`;
}

/** Path from the package's root → content. */
export function referenceDocuments(): Readonly<Record<string, string>> {
  return { 'docs/reference/errors.md': errorsDocument(), 'docs/reference/configuration.md': configurationDocument() };
}
