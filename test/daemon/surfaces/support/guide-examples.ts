import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../../../../daemon/kernel/index.js';

export type GuideExample =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'command'; readonly line: string; readonly fails: boolean };

/** What a guide tells its reader to type and to save, in order: blocks ```sh, ```sh fails and ```yaml file=NAME. */
export function guideExamples(guide: string): GuideExample[] {
  const text = readFileSync(join(findPackageRoot(), 'docs', 'guides', guide), 'utf8');
  return [...text.matchAll(/^```(\w+)([^\n]*)\n(.*?)^```$/gms)].flatMap(([, language, about = '', body = '']): GuideExample[] => {
    const name = /file=(\S+)/.exec(about)?.[1];
    if (language === 'yaml' && name !== undefined) return [{ kind: 'file', name, text: body }];
    if (language !== 'sh') return [];
    const lines = body.split('\n').filter((line) => line.startsWith('grym '));
    return lines.map((line) => ({ kind: 'command', line, fails: about.includes('fails') }));
  });
}
