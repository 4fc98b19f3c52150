import { SaxesParser, type SaxesTagNS } from 'saxes';
import { type XmlErrorCode, xmlErrors } from './errors.ts';
import type { StreamOptions, StreamedPart, XmlTree } from './stream-elements.ts';

const MOST_LEVELS = 256;
const MOST_ATTRIBUTES = 64;
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const NO_ATTRIBUTES: XmlTree['attributes'] = Object.freeze({});
const NUL = String.fromCharCode(0);

interface Node extends XmlTree {
  text: string;
  readonly children: Node[];
}

/** What one tree has room for. */
interface Room {
  nodes: number;
  text: number;
}

/** An open element; without a node where nobody wants its content. */
interface Open {
  readonly role?: 'head' | 'element' | undefined;
  node?: Node | undefined;
  room?: Room | undefined;
  /** A head whose part before the first element is given. */
  given?: boolean;
  /** Elements stand in it, so white space means nothing. */
  parent?: boolean;
}

/** Turns the text of a document, piece by piece, into the parts that are wanted. */
export class ElementCollector {
  readonly #parser = newParser();
  readonly #heads: ReadonlySet<string>;
  readonly #elements: ReadonlySet<string> | 'root';
  readonly #maxText: number;
  readonly #maxNodes: number;
  readonly #open: Open[] = [];
  #namespace: string | undefined;
  #parts: StreamedPart[] = [];
  #started = false;
  #attributes = 0;
  #attributeText = 0;
  /** Characters since something was recognised: a bound for what the parser itself holds. */
  #pending = 0;

  constructor({ heads = [], elements, namespace, maxText = 64 * 1024, maxNodes = 10_000 }: StreamOptions) {
    this.#heads = new Set(heads);
    this.#elements = elements === 'root' ? elements : new Set(elements);
    this.#namespace = namespace;
    this.#maxText = maxText;
    this.#maxNodes = maxNodes;
    this.#listen();
  }

  get line(): number {
    return this.#parser.line;
  }

  write(text: string): void {
    if (!this.#started && text.includes(NUL)) throw this.#error('HUB_XML_ENCODING', 'not UTF-8');
    this.#pending += text.length;
    this.#parser.write(text);
    if (this.#pending > this.#maxText + text.length) this.#tooLarge('a text, comment or name that does not end');
  }

  end(): void {
    this.#parser.close();
  }

  take(): StreamedPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on('error', ({ message }) => {
      throw this.#refusal(message);
    });
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') {
        throw this.#error('HUB_XML_ENCODING', 'another encoding is declared');
      }
    });
    parser.on('doctype', () => {
      throw this.#error('HUB_XML_DOCTYPE', 'DOCTYPE');
    });
    parser.on('attribute', ({ name, value }) => this.#attribute(name.length + value.length));
    parser.on('opentag', (tag) => this.#opened(tag));
    parser.on('closetag', () => this.#closed());
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
    parser.on('comment', (text) => this.#recognised(text.length));
    parser.on('processinginstruction', ({ body }) => this.#recognised(body.length));
  }

  #recognised(length: number): void {
    this.#pending = 0;
    if (length > this.#maxText) this.#tooLarge('a text that is too long');
  }

  #attribute(length: number): void {
    this.#attributes += 1;
    this.#attributeText += length;
    this.#recognised(this.#attributeText);
    if (this.#attributes > MOST_ATTRIBUTES) this.#tooLarge(`more than ${MOST_ATTRIBUTES} attributes`);
  }

  #opened(tag: SaxesTagNS): void {
    this.#recognised(tag.name.length);
    if (this.#open.length === MOST_LEVELS) throw this.#error('HUB_XML_TOO_DEEP', `more than ${MOST_LEVELS} levels`);
    if (!this.#started) this.#start(tag);
    const role = this.#role(tag);
    const above = this.#open.at(-1);
    if (above !== undefined) above.parent = true;
    if (role === undefined) {
      this.#open.push(above?.node === undefined ? {} : this.#child(tag, above.node, above.room));
    } else {
      this.#giveHeads();
      const room = { nodes: 0, text: 0 };
      this.#open.push({ role, node: this.#node(tag, room), room });
    }
    this.#attributes = 0;
    this.#attributeText = 0;
  }

  #start(tag: SaxesTagNS): void {
    this.#started = true;
    this.#namespace ??= tag.uri;
    this.#give('root', this.#node(tag, { nodes: 0, text: 0 }));
  }

  #role({ uri, local }: SaxesTagNS): Open['role'] {
    if (this.#elements === 'root') return this.#open.length === 0 ? 'element' : undefined;
    if (uri !== this.#namespace) return undefined;
    if (this.#elements.has(local)) return 'element';
    return this.#heads.has(local) ? 'head' : undefined;
  }

  #child(tag: SaxesTagNS, above: Node, room: Room | undefined): Open {
    const node = this.#node(tag, room);
    above.children.push(node);
    return { node, room };
  }

  #node({ uri, local, attributes }: SaxesTagNS, room: Room | undefined): Node {
    if (room !== undefined && ++room.nodes > this.#maxNodes) this.#tooLarge('an element with too many elements');
    if (room !== undefined) this.#fill(room, this.#attributeText);
    return {
      namespace: uri,
      local,
      attributes: this.#attributes === 0 ? NO_ATTRIBUTES : named(attributes),
      text: '',
      children: [],
      line: this.#parser.line,
    };
  }

  #fill(room: Room, length: number): void {
    room.text += length;
    if (room.text > 16 * this.#maxText) this.#tooLarge('an element with too much text');
  }

  #text(text: string): void {
    this.#recognised(text.length);
    const { node, room, parent } = this.#open.at(-1) ?? {};
    if (node === undefined || room === undefined || (parent && text.trim() === '')) return;
    this.#fill(room, text.length);
    node.text += text;
  }

  #closed(): void {
    this.#pending = 0;
    const closing = this.#open.at(-1);
    if (closing !== undefined) trim(closing);
    if (closing?.role === 'head') this.#giveHeads();
    if (closing?.role !== undefined) this.#give(closing.role === 'head' ? 'end' : 'element', closing.node);
    this.#open.pop();
  }

  /** What the open heads hold so far is given; what is open in them opens anew, for what comes after. */
  #giveHeads(): void {
    for (const [at, head] of this.#open.entries()) {
      if (head.role !== 'head' || head.given) continue;
      head.given = true;
      const { node } = head;
      this.#reopen(at);
      this.#give('head', node);
    }
  }

  #reopen(from: number): void {
    const room = { nodes: 0, text: 0 };
    let above: Node | undefined;
    for (const [at, open] of this.#open.entries()) {
      if (at < from || open.node === undefined) continue;
      if (at > from && open.role !== undefined) return;
      trim(open);
      open.node = { ...open.node, text: '', children: [] };
      open.room = room;
      above?.children.push(open.node);
      above = open.node;
    }
  }

  #give(kind: StreamedPart['kind'], tree: XmlTree | undefined): void {
    if (tree !== undefined) this.#parts.push({ kind, tree });
  }

  #tooLarge(message: string): never {
    throw this.#error('HUB_XML_TOO_LARGE', message);
  }

  #error(code: XmlErrorCode, message: string): Error {
    return xmlErrors[code]({ places: [{ line: this.#parser.line, message }] });
  }

  /** The parser's own words may repeat names of the document, so only their kind is told. */
  #refusal(message: string): Error {
    const known = REFUSALS.find(([words]) => message.endsWith(words));
    return known === undefined
      ? this.#error('HUB_XML_MALFORMED', 'not well-formed here')
      : this.#error(known[1], known[2]);
  }
}

/** The parser's own fields for handlers. */
type HandlerFields = Record<`${'xmldecl' | 'doctype' | 'attribute' | 'openTag' | 'closeTag'}Handler`, undefined> &
  Record<`${'text' | 'cdata' | 'comment' | 'pi' | 'error'}Handler`, undefined>;

/**
 * Its fields for handlers are made here by their names, since `on` makes them by computed ones: the engine of JavaScript then
 * keeps the whole object as a table, and reading takes three times as long.
 */
function newParser() {
  const options = { xmlns: true, position: true, defaultXMLVersion: '1.0', forceXMLVersion: true } as const;
  const parser = new SaxesParser(options);
  const fields = parser as unknown as HandlerFields;
  fields.xmldeclHandler = undefined;
  fields.doctypeHandler = undefined;
  fields.attributeHandler = undefined;
  fields.openTagHandler = undefined;
  fields.closeTagHandler = undefined;
  fields.textHandler = undefined;
  fields.cdataHandler = undefined;
  fields.commentHandler = undefined;
  fields.piHandler = undefined;
  fields.errorHandler = undefined;
  return parser;
}

function named(attributes: SaxesTagNS['attributes']): Record<string, string> {
  const values = Object.values(attributes).filter(({ uri }) => uri !== XMLNS);
  return Object.fromEntries(values.map(({ uri, local, value }) => [uri === '' ? local : `{${uri}}${local}`, value]));
}

/** White space before the first element inside. */
function trim({ node, parent }: Open): void {
  if (node !== undefined && parent && node.text.trim() === '') node.text = '';
}

/** Ends of saxes' messages. */
const REFUSALS: readonly (readonly [words: string, code: XmlErrorCode, message: string])[] = [
  ['undefined entity.', 'HUB_XML_ENTITY', 'an entity that is not declared'],
  ['disallowed character in entity name.', 'HUB_XML_ENTITY', 'an entity that is not declared'],
  ['inappropriately located doctype declaration.', 'HUB_XML_DOCTYPE', 'DOCTYPE'],
  ['malformed character entity.', 'HUB_XML_CHARACTER', 'a character that XML does not allow'],
  [': disallowed character.', 'HUB_XML_CHARACTER', 'a character that XML does not allow'],
  ['unexpected end.', 'HUB_XML_MALFORMED', 'the document ends here, in the middle'],
  ['document must contain a root element.', 'HUB_XML_MALFORMED', 'the document is empty'],
  ['text data outside of root node.', 'HUB_XML_MALFORMED', 'text outside the root element'],
  ['documents may contain only one root.', 'HUB_XML_MALFORMED', 'content after the end of the root element'],
  ['unexpected close tag.', 'HUB_XML_MALFORMED', 'an end tag that does not match its start tag'],
];
