/** An element as text, to be taken apart and put together wrongly. */
export interface PlainNode {
  name: string;
  /** As written, with the blank before them. */
  attributes: string;
  /** Before the first child. */
  text: string;
  /** Behind the end of the element. */
  after: string;
  gone: boolean;
  readonly children: PlainNode[];
}

/** The elements of a document without comments and the like, the root first. */
export function nodesOf(xml: string): PlainNode[] {
  const all: PlainNode[] = [];
  const open: PlainNode[] = [];
  let last: { node: PlainNode; ended: boolean } | undefined;
  for (const [, end, name = '', attributes = '', empty, text = ''] of xml.matchAll(
    /<(\/)?([^\s/>]+)((?:\s[^>]*?)?)(\/)?>([^<]*)/g,
  )) {
    if (end === undefined) {
      const node: PlainNode = { name, attributes, text: '', after: '', gone: false, children: [] };
      all.push(node);
      open.at(-1)?.children.push(node);
      if (empty === undefined) open.push(node);
      last = { node, ended: empty !== undefined };
    } else {
      last = { node: open.pop()!, ended: true };
    }
    last.node[last.ended ? 'after' : 'text'] = text;
  }
  return all;
}

/** An element and all in it as XML again. */
export function textOf({ name, attributes, text, after, gone, children }: PlainNode): string {
  return gone ? after : `<${name}${attributes}>${text}${children.map(textOf).join('')}</${name}>${after}`;
}
