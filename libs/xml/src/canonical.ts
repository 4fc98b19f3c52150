import { type Hash, createHash } from 'node:crypto';
import { Failure } from './failure.ts';
import { type Libxml, NODE, type Pointer } from './libxml.ts';

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const CHUNK = 64 * 1024;
const ROOM = 16;
const SURROGATES = 0xd800;

const inText = 1;
const inAttribute = 2;

/** What Canonical XML writes in place of a byte, and where. */
const ESCAPES: readonly (readonly [string, string, number])[] = [
  ['&', '&amp;', inText | inAttribute],
  ['<', '&lt;', inText | inAttribute],
  ['>', '&gt;', inText],
  ['"', '&quot;', inAttribute],
  ['\t', '&#x9;', inAttribute],
  ['\n', '&#xA;', inAttribute],
  ['\r', '&#xD;', inText | inAttribute],
];

interface Rendered {
  /** Of the namespace in libxml2. */
  readonly at: Pointer;
  readonly prefix: string;
  readonly href: string;
}

/**
 * Exclusive XML Canonicalization 1.0 without comments, hashed. Written here because libxml2's takes longer than parsing
 * does; a test compares the two byte by byte.
 */
export class Canonical {
  readonly #libxml: Libxml;
  readonly #escapes: readonly (Uint8Array | undefined)[];
  readonly #where = new Uint8Array(256);
  readonly #chunk = new Uint8Array(CHUNK);
  readonly #scope: Rendered[] = [];
  #length = 0;
  #sink: (bytes: Uint8Array) => void = () => undefined;
  #memory: Uint8Array = new Uint8Array();
  #omitted: ReadonlySet<Pointer> = new Set();

  constructor(libxml: Libxml) {
    this.#libxml = libxml;
    const escapes: Uint8Array[] = [];
    for (const [character, escape, where] of ESCAPES) {
      escapes[character.charCodeAt(0)] = Buffer.from(escape, 'latin1');
      this.#where[character.charCodeAt(0)] = where;
    }
    this.#escapes = escapes;
  }

  /** SHA-256 in lower-case hex. @param omitted elements whose content is left out */
  sha256(doc: Pointer, omitted: ReadonlySet<Pointer>): string {
    const hash: Hash = createHash('sha256');
    this.write(doc, omitted, (bytes) => hash.update(bytes));
    return hash.digest('hex');
  }

  /** @throws Failure HUB_XML_NOT_CANONICAL for a namespace name that is no absolute URI, as the standard demands */
  write(doc: Pointer, omitted: ReadonlySet<Pointer>, sink: (bytes: Uint8Array) => void): void {
    this.#memory = this.#libxml.memory;
    this.#sink = sink;
    this.#omitted = omitted;
    this.#scope.length = 0;
    this.#length = 0;
    let afterRoot = false;
    for (let node = this.#libxml.children(doc); node !== 0; node = this.#libxml.next(node)) {
      const kind = this.#libxml.kind(node);
      if (kind === NODE.element) {
        this.#element(node);
        afterRoot = true;
      } else if (kind === NODE.instruction) {
        if (afterRoot) this.#ascii('\n');
        this.#instruction(node);
        if (!afterRoot) this.#ascii('\n');
      }
    }
    this.#flush();
  }

  #element(node: Pointer): void {
    const libxml = this.#libxml;
    const outer = this.#scope.length;
    this.#checkDeclared(node);
    const attributes = this.#attributes(node);
    this.#use(node);
    for (const attribute of attributes) {
      if (libxml.prefixAt(attribute) !== 0 && libxml.namespace(attribute) !== XML_NAMESPACE) this.#use(attribute);
    }
    this.#ascii('<');
    this.#qualifiedName(node);
    if (this.#scope.length > outer) this.#declarations(outer);
    for (const attribute of attributes) {
      this.#ascii(' ');
      this.#qualifiedName(attribute);
      this.#ascii('="');
      for (let child = libxml.children(attribute); child !== 0; child = libxml.next(child))
        this.#content(child, inAttribute);
      this.#ascii('"');
    }
    this.#ascii('>');
    if (!this.#omitted.has(node)) this.#children(node);
    this.#ascii('</');
    this.#qualifiedName(node);
    this.#ascii('>');
    this.#scope.length = outer;
  }

  #children(element: Pointer): void {
    const libxml = this.#libxml;
    for (let node = libxml.children(element); node !== 0; node = libxml.next(node)) {
      const kind = libxml.kind(node);
      if (kind === NODE.text || kind === NODE.cdata) this.#content(node, inText);
      else if (kind === NODE.element) this.#element(node);
      else if (kind === NODE.instruction) this.#instruction(node);
    }
  }

  /** By namespace name, then local name; few elements have more than two. */
  #attributes(element: Pointer): readonly Pointer[] {
    const libxml = this.#libxml;
    const first = libxml.attributes(element);
    if (first === 0) return NONE;
    const found: Pointer[] = [];
    for (let attribute = first; attribute !== 0; attribute = libxml.next(attribute)) found.push(attribute);
    if (found.length === 1) return found;
    if (found.length === 2 && this.#precedes(found[0]!, found[1]!)) return found;
    return found.toSorted((a, b) => (this.#precedes(a, b) ? -1 : 1));
  }

  #precedes(a: Pointer, b: Pointer): boolean {
    const libxml = this.#libxml;
    const order =
      libxml.namespaceAt(a) === libxml.namespaceAt(b) ? 0 : byCodePoint(libxml.namespace(a), libxml.namespace(b));
    return (order || byCodePoint(libxml.name(a), libxml.name(b))) < 0;
  }

  /** A prefix in visible use is declared unless an ancestor has declared it with the same name in the output. */
  #use(node: Pointer): void {
    const at = this.#libxml.namespaceAt(node);
    if (this.#scope.at(-1)?.at === at) return;
    const [prefix, href] = [this.#libxml.prefix(node), this.#libxml.namespace(node)];
    for (let index = this.#scope.length - 1; index >= 0; index -= 1) {
      const rendered = this.#scope[index];
      if (rendered?.prefix !== prefix) continue;
      if (rendered.href !== href) this.#scope.push({ at, prefix, href });
      return;
    }
    if (prefix !== '' || href !== '') this.#scope.push({ at, prefix, href });
  }

  #declarations(outer: number): void {
    const declared = this.#scope.slice(outer).toSorted((a, b) => byCodePoint(a.prefix, b.prefix));
    for (const { prefix, href } of declared) {
      this.#ascii(prefix === '' ? ' xmlns="' : ' xmlns:');
      if (prefix !== '') {
        this.#text(prefix, inAttribute);
        this.#ascii('="');
      }
      this.#text(href, inAttribute);
      this.#ascii('"');
    }
  }

  #checkDeclared(element: Pointer): void {
    for (const href of this.#libxml.declaredNamespaces(element)) {
      if (href !== '' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(href)) throw new Failure('HUB_XML_NOT_CANONICAL');
    }
  }

  #qualifiedName(node: Pointer): void {
    const prefix = this.#libxml.prefixAt(node);
    if (prefix !== 0) {
      this.#bytes(this.#memory, prefix, 0);
      this.#ascii(':');
    }
    this.#bytes(this.#memory, this.#libxml.nameAt(node), 0);
  }

  #instruction(node: Pointer): void {
    this.#ascii('<?');
    this.#bytes(this.#memory, this.#libxml.nameAt(node), 0);
    const content = this.#libxml.contentAt(node);
    if (content !== 0 && this.#memory[content] !== 0) {
      this.#ascii(' ');
      this.#bytes(this.#memory, content, 0);
    }
    this.#ascii('?>');
  }

  #content(text: Pointer, where: number): void {
    const content = this.#libxml.contentAt(text);
    if (content !== 0) this.#bytes(this.#memory, content, where);
  }

  #text(text: string, where: number): void {
    this.#bytes(Buffer.from(`${text}\0`, 'utf8'), 0, where);
  }

  #ascii(text: string): void {
    if (this.#length > CHUNK - ROOM) this.#flush();
    for (let index = 0; index < text.length; index += 1) this.#chunk[this.#length++] = text.charCodeAt(index);
  }

  /** Copies up to the next zero byte, escaping what has to be at this kind of place. */
  #bytes(source: Uint8Array, from: number, where: number): void {
    const [chunk, places] = [this.#chunk, this.#where];
    let length = this.#length;
    for (let at = from; ; at += 1) {
      const byte = source[at] ?? 0;
      if (byte === 0) break;
      if (length > CHUNK - ROOM) {
        this.#length = length;
        this.#flush();
        length = 0;
      }
      if (((places[byte] ?? 0) & where) === 0) chunk[length++] = byte;
      else for (const escape of this.#escapes[byte] ?? NOTHING) chunk[length++] = escape;
    }
    this.#length = length;
  }

  #flush(): void {
    if (this.#length > 0) this.#sink(this.#chunk.subarray(0, this.#length));
    this.#length = 0;
  }
}

const NONE: readonly Pointer[] = [];
const NOTHING = new Uint8Array();

/** UTF-16 order differs from that of code points only where a surrogate meets a character above it. */
function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  const [unit, other] = [a.charCodeAt(at), b.charCodeAt(at)];
  if (unit >= SURROGATES || other >= SURROGATES) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  // The end of the shorter one is no number.
  return unit > other || Number.isNaN(other) ? 1 : -1;
}
