import loadModule, { type LibXml2 } from 'libxml2-wasm/lib/libxml2raw.mjs';

/** Address in the WebAssembly memory of libxml2; 0 is none. */
export type Pointer = number;

/** One report of libxml2, as numbers and text of its own; texts may quote the document and go no further. */
export interface Report {
  readonly code: number;
  readonly level: number;
  readonly message: string;
  readonly line: number;
  readonly node: Pointer;
}

/** Node kinds of libxml2 (xmlElementType). */
export const NODE = { element: 1, attribute: 2, text: 3, cdata: 4, instruction: 7 } as const;

/** Offsets in libxml2's structures on wasm32; `Libxml.load` checks them against a document it knows. */
const OFFSET = {
  type: 4,
  name: 8,
  children: 12,
  parent: 20,
  next: 24,
  namespace: 36,
  content: 40,
  attributes: 44,
  declarations: 48,
  line: 56,
};
const NAMESPACE = { next: 0, href: 8, prefix: 12 };
const ERROR = { code: 4, message: 8, level: 12, line: 20, node: 48 };
const XPATH = { type: 0, nodes: 4, boolean: 8, number: 16, string: 24 };

/** What libxml2 would print may quote the document. */
type SilentLoader = (options: { print: () => void; printErr: () => void }) => Promise<LibXml2>;
const nothing = () => undefined;

const NONE: readonly string[] = [];
const MOST_REPORTS = 500;
const SHORT = 32;

/**
 * libxml2 in WebAssembly at the level of its own C functions: the package's classes make an object per node and a
 * context per XPath, which costs more than the parsing itself. Nothing else in the hub knows these addresses.
 */
export class Libxml {
  readonly #api: LibXml2;
  readonly #strings = new Map<Pointer, string>();
  readonly #report: Pointer;
  #reports: Report[] = [];
  #buffer: Buffer;
  #words: Int32Array;

  private constructor(api: LibXml2) {
    this.#api = api;
    this.#buffer = Buffer.from(api.HEAPU8.buffer);
    this.#words = api.HEAP32;
    this.#report = api.addFunction((_: Pointer, error: Pointer) => this.#collect(error), 'vii');
  }

  static async load(): Promise<Libxml> {
    const api = await (loadModule as SilentLoader)({ print: nothing, printErr: nothing });
    api._xmlInitParser();
    const libxml = new Libxml(api);
    libxml.#checkOffsets();
    return libxml;
  }

  get api(): LibXml2 {
    return this.#api;
  }

  /** Size of the WebAssembly memory; it never shrinks. */
  get heapBytes(): number {
    return this.#api.HEAPU8.byteLength;
  }

  /** Runs with a collector of reports for libxml2; at most 500 are kept. */
  collecting<T>(run: (collector: Pointer) => T): { result: T; reports: readonly Report[] } {
    this.#reports = [];
    const result = run(this.#report);
    const reports = this.#reports;
    this.#reports = [];
    return { result, reports };
  }

  /** Runs with a copy of the text as a C string. */
  withString<T>(text: string, run: (address: Pointer) => T): T {
    const bytes = Buffer.from(`${text}\0`, 'utf8');
    return this.withBytes(bytes, run);
  }

  withBytes<T>(bytes: Uint8Array, run: (address: Pointer) => T): T {
    const address = this.#api._malloc(bytes.length || 1);
    if (address === 0) throw new RangeError('libxml2 has no memory left');
    this.#api.HEAPU8.set(bytes, address);
    try {
      return run(address);
    } finally {
      this.#api._free(address);
    }
  }

  /** Forgets the names remembered for a document; to be called before it is freed. */
  forget(): void {
    this.#strings.clear();
  }

  kind(node: Pointer): number {
    return this.#word(node + OFFSET.type);
  }

  /** Local name of an element or attribute. */
  name(node: Pointer): string {
    return this.#interned(this.#word(node + OFFSET.name));
  }

  /** Namespace name of an element or attribute; empty where there is none. */
  namespace(node: Pointer): string {
    const namespace = this.#word(node + OFFSET.namespace);
    return namespace === 0 ? '' : this.#interned(this.#word(namespace + NAMESPACE.href));
  }

  /** Prefix of an element or attribute; empty where it has none. */
  prefix(node: Pointer): string {
    const address = this.prefixAt(node);
    return address === 0 ? '' : this.#interned(address);
  }

  /** Namespace names an element declares. */
  declaredNamespaces(element: Pointer): readonly string[] {
    let at = this.#word(element + OFFSET.declarations);
    if (at === 0) return NONE;
    const names: string[] = [];
    for (; at !== 0; at = this.#word(at + NAMESPACE.next)) {
      names.push(this.string(this.#word(at + NAMESPACE.href)));
    }
    return names;
  }

  /** The whole memory; valid until libxml2 allocates. */
  get memory(): Uint8Array {
    return this.#api.HEAPU8;
  }

  /** Address of a node's local name, prefix or content in {@link memory}; 0 where there is none. */
  nameAt(node: Pointer): Pointer {
    return this.#word(node + OFFSET.name);
  }

  /** Address of the namespace of an element or attribute; the same for all that one declaration covers. */
  namespaceAt(node: Pointer): Pointer {
    return this.#word(node + OFFSET.namespace);
  }

  prefixAt(node: Pointer): Pointer {
    const namespace = this.#word(node + OFFSET.namespace);
    return namespace === 0 ? 0 : this.#word(namespace + NAMESPACE.prefix);
  }

  contentAt(node: Pointer): Pointer {
    return this.#word(node + OFFSET.content);
  }

  children(node: Pointer): Pointer {
    return this.#word(node + OFFSET.children);
  }

  next(node: Pointer): Pointer {
    return this.#word(node + OFFSET.next);
  }

  parent(node: Pointer): Pointer {
    return this.#word(node + OFFSET.parent);
  }

  attributes(element: Pointer): Pointer {
    return this.#word(element + OFFSET.attributes);
  }

  /** Line of an element; an attribute has its element's. */
  line(node: Pointer): number {
    const element = this.kind(node) === NODE.attribute ? this.parent(node) : node;
    return element === 0 ? 0 : this.#word(element + OFFSET.line) & 0xffff;
  }

  /** String value as XPath defines it: the text of a text node, of an attribute, or of all text below an element. */
  text(node: Pointer): string {
    const kind = this.kind(node);
    if (kind === NODE.text || kind === NODE.cdata) return this.string(this.#word(node + OFFSET.content));
    let text = '';
    for (let child = this.children(node); child !== 0; child = this.next(child)) {
      const childKind = this.kind(child);
      if (childKind === NODE.element || childKind === NODE.text || childKind === NODE.cdata) text += this.text(child);
    }
    return text;
  }

  /** What an XPath object holds; node sets in document order. */
  xpathResult(object: Pointer): Pointer[] | string | number | boolean {
    switch (this.#word(object + XPATH.type)) {
      case 2:
        return this.#word(object + XPATH.boolean) !== 0;
      case 3:
        return this.#view().readDoubleLE(object + XPATH.number);
      case 4:
        return this.string(this.#word(object + XPATH.string));
      default: {
        const set = this.#word(object + XPATH.nodes);
        const count = set === 0 ? 0 : this.#word(set);
        const table = count === 0 ? 0 : this.#word(set + 8);
        return Array.from({ length: count }, (_, index) => this.#word(table + 4 * index));
      }
    }
  }

  /** Text of a C string, never longer than it is. */
  string(address: Pointer): string {
    if (address === 0) return '';
    const bytes = this.#view();
    let end = address;
    let all = 0;
    for (const limit = address + SHORT; end < limit; end += 1) {
      const byte = bytes[end] ?? 0;
      if (byte === 0) return bytes.toString(all < 128 ? 'latin1' : 'utf8', address, end);
      all |= byte;
    }
    return bytes.toString('utf8', address, bytes.indexOf(0, end));
  }

  /** Reads a known document: another build of libxml2 with other structures must not be read wrongly. */
  #checkOffsets(): void {
    const known = Buffer.from('<p:a xmlns:p="urn:p">\n<b c="d">e</b></p:a>');
    const context = this.#api._xmlNewParserCtxt();
    const doc = this.withBytes(known, (bytes) => this.#api._xmlCtxtReadMemory(context, bytes, known.length, 0, 0, 0));
    this.#api._xmlFreeParserCtxt(context);
    const root = this.children(doc);
    const child = this.next(this.children(root));
    const attribute = this.attributes(child);
    const found = [
      this.kind(root) === NODE.element && this.parent(child) === root && this.line(child) === 2,
      this.name(root) + this.namespace(root) + this.prefix(root) + this.declaredNamespaces(root).join(),
      this.name(child) + this.name(attribute) + this.text(attribute) + this.text(child),
    ];
    this.forget();
    this.#api._xmlFreeDoc(doc);
    if (found.join() !== 'true,aurn:ppurn:p,bcde') throw new Error('libxml2-wasm is another build than the one pinned');
  }

  #interned(address: Pointer): string {
    const known = this.#strings.get(address);
    if (known !== undefined) return known;
    const text = this.string(address);
    this.#strings.set(address, text);
    return text;
  }

  #word(address: Pointer): number {
    if (this.#words.length === 0) this.#words = this.#api.HEAP32;
    return this.#words[address >>> 2] ?? 0;
  }

  #view(): Buffer {
    if (this.#buffer.length === 0) this.#buffer = Buffer.from(this.#api.HEAPU8.buffer);
    return this.#buffer;
  }

  #collect(error: Pointer): void {
    if (this.#reports.length >= MOST_REPORTS) return;
    this.#reports.push({
      code: this.#word(error + ERROR.code),
      level: this.#word(error + ERROR.level),
      message: this.string(this.#word(error + ERROR.message)),
      line: this.#word(error + ERROR.line),
      node: this.#word(error + ERROR.node),
    });
  }
}
