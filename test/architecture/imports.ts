import type { Node } from 'oxc-parser';
import { pathOf, stringOf } from './syntax.ts';
import type { TreeFile } from './tree.ts';

export interface Import {
  readonly specifier: string;
  readonly node: Node;
}

const LOADERS = new Set(['require', 'require.resolve', 'import.meta.resolve']);
const known = new WeakMap<TreeFile, readonly Import[]>();

/** Everything a file takes from elsewhere: static, dynamic and type imports, re-exports, {@link LOADERS}. Read once for each file. */
export function importsOf(file: TreeFile): readonly Import[] {
  const imports = known.get(file) ?? file.nodes.flatMap(readImport);
  known.set(file, imports);
  return imports;
}

function readImport(node: Node): Import[] {
  const source = sourceOf(node);
  const specifier = stringOf(source);
  return source && specifier !== undefined ? [{ specifier, node: source }] : [];
}

function sourceOf(node: Node): Node | null | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source;
    case 'TSExternalModuleReference':
      return node.expression;
    case 'CallExpression':
      return LOADERS.has(pathOf(node.callee) ?? '') ? node.arguments[0] : undefined;
    default:
      return undefined;
  }
}

/** `@scope/name` or `name` of a bare specifier; undefined for relative paths and Node's own modules. */
export function packageNameOf(specifier: string): string | undefined {
  if (/^[./]|^node:/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
