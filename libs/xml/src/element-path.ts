import { type Libxml, NODE, type Pointer } from './libxml.ts';

/**
 * Path of an element or attribute by local names, `/Antrag/Metadaten/Objekt[2]/Feld[5]` or `…/Anlage/@Name`. A position
 * is given where an element has siblings of its name. Empty for the document.
 */
export function elementPath(libxml: Libxml, node: Pointer): string {
  const steps: string[] = [];
  let at = node;
  for (; at !== 0; at = libxml.parent(at)) {
    const kind = libxml.kind(at);
    if (kind === NODE.attribute) steps.push(`@${libxml.name(at)}`);
    else if (kind === NODE.element) steps.push(libxml.name(at) + position(libxml, at));
  }
  return steps.toReversed().reduce((path, step) => `${path}/${step}`, '');
}

function position(libxml: Libxml, element: Pointer): string {
  const [name, namespace] = [libxml.name(element), libxml.namespace(element)];
  let [own, count] = [0, 0];
  for (let at = libxml.children(libxml.parent(element)); at !== 0; at = libxml.next(at)) {
    if (libxml.kind(at) !== NODE.element || libxml.name(at) !== name || libxml.namespace(at) !== namespace) continue;
    count += 1;
    if (at === element) own = count;
  }
  return count > 1 ? `[${own}]` : '';
}
