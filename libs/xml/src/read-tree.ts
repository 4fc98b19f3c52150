import { ElementCollector } from './element-collector.ts';
import type { StreamOptions, XmlTree } from './stream-elements.ts';

/** Bounds of one tree; see {@link StreamOptions}. */
export type TreeOptions = Pick<StreamOptions, 'maxText' | 'maxNodes'>;

/**
 * Reads a small document of a stranger that is in memory already as one tree, at once. Same rules and errors as
 * `streamElements`; the caller bounds the document itself.
 * @throws HUB_XML_MALFORMED, HUB_XML_DOCTYPE, HUB_XML_ENTITY, HUB_XML_CHARACTER, HUB_XML_ENCODING, HUB_XML_TOO_DEEP,
 * HUB_XML_TOO_LARGE, with the line
 */
export function readTree(text: string, options: TreeOptions = {}): XmlTree {
  const collector = new ElementCollector({ ...options, elements: 'root' });
  collector.write(text);
  collector.end();
  // A document has a root, or the parser has refused it.
  return collector.take().at(-1)!.tree;
}
