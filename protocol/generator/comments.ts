import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The comment of one exported constant and of the keys of the object that it is made from. */
export interface SourceComment {
  readonly comment: string;
  readonly fields: ReadonlyMap<string, string>;
}
export type Comments = ReadonlyMap<string, SourceComment>;

/** In the order in which a reader meets them; what is generated keeps it. */
const SOURCES = ['common.ts', 'session.ts', 'bridge.ts'];

/**
 * The comments of the schemas, by definition name (`Hello`) or, for a constant that is no schema, by its own
 * (`CLOSE_CODES`). Comments stay where a programmer reads them, and appear in the C++ header and in the reference too.
 */
export function readComments(): Comments {
  const comments = new Map<string, SourceComment>();
  for (const file of SOURCES) {
    const path = join(packageRoot(), 'protocol', 'messages', file);
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const declaration of statement.declarationList.declarations) {
        const exportName = declaration.name.getText(source);
        const name = exportName.endsWith('Schema')
          ? exportName.charAt(0).toUpperCase() + exportName.slice(1).replace(/Schema$/, '')
          : exportName;
        comments.set(name, { comment: commentOf(statement), fields: commentsOfKeys(declaration) });
      }
    }
  }
  return comments;
}

/** The folder whose package.json is this project's, from a source or from a compiled file. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    if (dirname(folder) === folder) throw new Error('no package.json of grym-synth above the generator');
    folder = dirname(folder);
  }
  return folder;
}

function isPackageRoot(folder: string): boolean {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return false;
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'grym-synth';
}

function commentsOfKeys(declaration: ts.VariableDeclaration): Map<string, string> {
  const fields = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        if (property.name) fields.set(property.name.getText(), commentOf(property));
      }
      return;
    }
    ts.forEachChild(node, visit);
  };
  if (declaration.initializer) visit(declaration.initializer);
  return fields;
}

function commentOf(node: ts.Node): string {
  const last = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  return (ts.getTextOfJSDocComment(last?.comment) ?? '').replace(/\s+/g, ' ').trim();
}
