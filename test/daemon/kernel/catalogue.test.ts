import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE, ERROR_KINDS, findPackageRoot, GrymError, isGrymError, toGrymError } from '../../../daemon/kernel/index.js';
import { wireErrorSchema } from '../../../protocol/index.js';
import { referenceDocuments } from './reference-documents.js';

const root = findPackageRoot();

/** Codes named in the daemon's source, by where; names of environment variables look alike and are left out. */
function codesInSource(): Map<string, string> {
  const found = new Map<string, string>();
  const files = readdirSync(join(root, 'daemon'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of files.filter((name) => !name.endsWith('error-catalogue.ts'))) {
    const text = readFileSync(join(root, 'daemon', file), 'utf8');
    for (const [, code] of text.matchAll(/(?:GrymError(?:<[^>]*>)?\(|code: |code === |case |\? |: |, |\()\s*'(GRYM_[A-Z0-9_]+)'/g)) {
      const isVariable = new RegExp(`(environment: |\\[|env\\()'${String(code)}'`).test(text);
      if (code !== undefined && !isVariable) found.set(code, file);
    }
  }
  return found;
}

test('every code in the source is in the catalogue, and every code of the catalogue is in the source', () => {
  const used = codesInSource();
  expect([...used].filter(([code]) => !Object.hasOwn(ERROR_CATALOGUE, code))).toEqual([]);
  expect(Object.keys(ERROR_CATALOGUE).filter((code) => !used.has(code))).toEqual([]);
});

test.each(Object.entries(ERROR_CATALOGUE))('%s has a name, a kind, a sentence and a remedy', (code, { kind, message, remedy }) => {
  expect(code).toMatch(/^GRYM(_[A-Z0-9]+)+$/);
  expect(ERROR_KINDS).toContain(kind);
  expect(message).toMatch(/^[A-Z{].*[.}]$/);
  expect(remedy).toMatch(/^\S.*\.$/);
});

test.each(Object.entries(referenceDocuments()))('%s is what the source says (npm run docs:reference)', (path, content) => {
  const words = (text: string): string[] =>
    text
      .replaceAll(/[-|\s]+/g, ' ')
      .replaceAll('\\', '')
      .trim()
      .split(' ');
  expect(words(readFileSync(join(root, path), 'utf8'))).toEqual(words(content));
});

describe('an error', () => {
  test('fills its texts from its details and fits the wire', () => {
    const error = new GrymError('GRYM_LIBRARY_IN_USE', { path: '/music', processId: 42 });
    expect(error.message).toBe('The library /music is in use by another daemon (process 42).');
    expect(error.kind).toBe('resource');
    expect(wireErrorSchema.parse(error.toWire())).toEqual(error.toWire());
  });

  test('cuts a text that the wire would refuse', () => {
    const error = new GrymError('GRYM_INTERNAL', { reason: 'x'.repeat(10_000) });
    expect(wireErrorSchema.safeParse(error.toWire()).success).toBe(true);
  });

  test('survives the wire with code and texts', () => {
    const error = new GrymError('GRYM_CLIP_UNKNOWN', { clip: 'abcd' });
    const back = GrymError.fromWire(error.toWire());
    expect([back.code, back.kind, back.message, back.remedy]).toEqual([error.code, error.kind, error.message, error.remedy]);
    expect(GrymError.fromWire({ ...error.toWire(), code: 'GRYM_FROM_THE_FUTURE' }).code).toBe('GRYM_INTERNAL');
  });

  test('of no catalogue becomes GRYM_INTERNAL with its cause', () => {
    const cause = new TypeError('x is not a function');
    const error = toGrymError(cause);
    expect(error).toMatchObject({ code: 'GRYM_INTERNAL', kind: 'fatal', cause });
    expect(isGrymError(error, 'GRYM_INTERNAL')).toBe(true);
    expect(isGrymError(error, 'GRYM_BUSY')).toBe(false);
    expect(toGrymError(error)).toBe(error);
  });
});
