import ts from 'typescript';
import type { TreeFile } from './tree.ts';

export interface Import {
  readonly specifier: string;
  readonly node: ts.Node;
}

const known = new WeakMap<TreeFile, readonly Import[]>();

/** As {@link readImports}, read once for each file. */
export function importsOf(file: TreeFile): readonly Import[] {
  const imports = known.get(file) ?? readImports(file);
  known.set(file, imports);
  return imports;
}

/** Everything a file takes from elsewhere: static, dynamic and type imports, re-exports, `require`, `import.meta.resolve`. */
function readImports(file: TreeFile): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined) => {
    if (specifier && ts.isStringLiteralLike(specifier)) imports.push({ specifier: specifier.text, node: specifier });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(file.source);
  return imports;
}

/** `@scope/name` or `name` of a bare specifier; undefined for relative paths and Node's own modules. */
export function packageNameOf(specifier: string): string | undefined {
  if (/^[./]|^node:/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'resolve') return false;
  return ts.isMetaProperty(callee.expression) || callee.expression.getText() === 'require';
}
