import { type Node, visitorKeys } from 'oxc-parser';

/** The nodes directly below one, in the order of the text. */
export function childrenOf(node: Node): Node[] {
  const fields = node as unknown as Readonly<Record<string, Node | null | readonly (Node | null)[]>>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => fields[key] ?? []).filter((child) => child !== null);
}

/** A node and everything below it, in the order of the text. */
export function nodesOf(node: Node): Node[] {
  const nodes: Node[] = [];
  const visit = (one: Node): void => {
    nodes.push(one);
    childrenOf(one).forEach(visit);
  };
  visit(node);
  return nodes;
}

/** The text of a string, or of a template without placeholders. */
export function stringOf(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** `a`, `a.b` and `import.meta.c` as they are written; `a['b']` is `a.b`. Undefined for what is no such path. */
export function pathOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (node.type !== 'MemberExpression') return undefined;
  const owner = pathOf(node.object);
  const property = propertyOf(node);
  return owner === undefined || property === undefined ? undefined : `${owner}.${property}`;
}

/** The name of the property that `a.b`, `a['b']`, `{ b: … }` and `{ 'b': … }` speak of, where the text says it. */
export function propertyOf(node: Node): string | undefined {
  if (node.type !== 'MemberExpression' && node.type !== 'Property') return undefined;
  const name = node.type === 'Property' ? node.key : node.property;
  return name.type === 'Identifier' && !node.computed ? name.name : stringOf(name);
}
