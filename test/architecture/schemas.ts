import { stringOf } from './syntax.ts';
import { type Finding, type Tree, type TreeFile, finding, packageOf } from './tree.ts';

/** Database schemas that belong to a lib. */
const LIB_SCHEMAS: readonly (readonly [schema: string, owner: string])[] = [
  ['vault', 'libs/vault'],
  ['directory', 'libs/directory'],
  ['access', 'libs/runtime'],
  ['bus', 'libs/messaging'],
  ['identity_keys', 'libs/identity'],
];
const SQL = /\b(?:select|insert\s+into|update|delete\s+from|from|join|truncate|alter|create|lock\s+table)\s/i;

/** Nobody's SQL names the schema of another; `open('other_schema')` counts as naming. Tests may look. */
export function schemas(tree: Tree): Finding[] {
  const owned = [
    ...LIB_SCHEMAS,
    ...tree.packages
      .filter(({ type }) => type === 'service')
      .map(({ folder }) => [folder.slice('services/'.length).replaceAll('-', '_'), folder] as const),
  ];
  return tree.files.flatMap((file) => {
    const owner = packageOf(tree, file);
    if (!owner || file.isTest || owner.folder === 'libs/testing') return [];
    const foreign = owned.filter(([schema, folder]) => folder !== owner.folder && file.text.includes(schema));
    if (foreign.length === 0) return [];
    return textsOf(file).flatMap(({ text, line, sql }) =>
      foreign
        .filter(([schema]) => (sql ? names(text, schema) : schema.includes('_') && text === schema))
        .map(([schema, folder]) => finding(file, line, `names the schema ${schema} of ${folder}`)),
    );
  });
}

interface Text {
  readonly text: string;
  readonly line: number;
  readonly sql: boolean;
}

function textsOf(file: TreeFile): Text[] {
  if (file.path.endsWith('.sql')) {
    const lines = file.text.split('\n');
    return lines.map((text, at) => ({ text: text.replace(/--.*/, ''), line: at + 1, sql: true }));
  }
  if (!file.isTypeScript) return [];
  return file.nodes.flatMap((node) => {
    const text =
      node.type === 'TemplateLiteral' ? node.quasis.map(({ value }) => value.cooked).join(' ? ') : stringOf(node);
    return text === undefined ? [] : [{ text, line: file.lineAt(node.start), sql: SQL.test(text) }];
  });
}

function names(sql: string, schema: string): boolean {
  return new RegExp(`(?<![\\w.$"])"?${schema}"?\\s*\\.\\s*"?[a-z_]`, 'i').test(sql);
}
