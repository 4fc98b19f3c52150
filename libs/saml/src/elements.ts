import type { XmlTree } from '@ozg-hub/xml';
import { samlErrors } from './errors.ts';

/** Elements of that name right under another. */
export function childrenOf({ children }: XmlTree, namespace: string, local: string): XmlTree[] {
  return children.filter((child) => child.namespace === namespace && child.local === local);
}

/** @throws HUB_SAML_MALFORMED where there is another number than one */
export function onlyChild(tree: XmlTree, namespace: string, local: string): XmlTree {
  const child = optionalChild(tree, namespace, local);
  if (child === undefined) throw samlErrors.HUB_SAML_MALFORMED();
  return child;
}

/** @throws HUB_SAML_MALFORMED where there are several */
export function optionalChild(tree: XmlTree, namespace: string, local: string): XmlTree | undefined {
  const [child, second] = childrenOf(tree, namespace, local);
  if (second !== undefined) throw samlErrors.HUB_SAML_MALFORMED();
  return child;
}

/** A tree and all in it, in the order of the document, each with what it stands in. */
export function* withDescendants(
  tree: XmlTree,
  parent?: XmlTree,
): Generator<{ element: XmlTree; parent: XmlTree | undefined }> {
  yield { element: tree, parent };
  for (const child of tree.children) yield* withDescendants(child, tree);
}

const INSTANT = /^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?(?:Z|[+-]\d\d:\d\d)$/;

/** `xs:dateTime` in UTC (SAML core §1.3.3). @throws HUB_SAML_MALFORMED */
export function instantOf(text: string | undefined): Date {
  const instant = new Date(text !== undefined && INSTANT.test(text) ? text : Number.NaN);
  if (Number.isNaN(instant.getTime())) throw samlErrors.HUB_SAML_MALFORMED();
  return instant;
}
