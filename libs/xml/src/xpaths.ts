import { Failure } from './failure.ts';
import { type Libxml, NODE, type Pointer } from './libxml.ts';

/** A step to child elements, by expanded name; undefined matches every element. */
type Step = ExpandedName | undefined;

/** What a plain path ends in. */
type End = { readonly attribute: ExpandedName } | 'text' | undefined;

/** An expanded name. */
export interface ExpandedName {
  readonly namespace: string;
  readonly local: string;
}

/** A path the hub walks itself; anything else is left to libxml2. */
interface PlainPath {
  readonly absolute: boolean;
  readonly steps: readonly Step[];
  readonly end: End;
}

export interface CompiledXPath {
  readonly source: string;
  readonly plain: PlainPath | undefined;
  readonly compiled: Pointer;
}

const NAME = String.raw`(?:[\p{L}_][\p{L}\p{N}._-]*:)?[\p{L}_][\p{L}\p{N}._-]*`;
const PLAIN = new RegExp(String.raw`^/?(?:(?:${NAME}|\*|\.)(?:/(?:${NAME}|\*))*)?(?:/?(?:@${NAME}|text\(\)))?$`, 'u');

/** The XPath expressions of one plan, compiled, with one evaluation context per document. */
export class XPaths {
  readonly #libxml: Libxml;
  readonly #namespaces: Readonly<Record<string, string>>;
  readonly #compiled = new Map<string, CompiledXPath>();
  #doc: Pointer = 0;
  #context: Pointer = 0;

  constructor(libxml: Libxml, namespaces: Readonly<Record<string, string>>) {
    this.#libxml = libxml;
    this.#namespaces = namespaces;
  }

  compile(source: string): CompiledXPath {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const plain = this.#plain(source);
    const compiled = plain
      ? 0
      : this.#libxml.withString(source, (text) => this.#libxml.api._xmlXPathCtxtCompile(0, text));
    if (plain === undefined && compiled === 0) {
      throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `The XPath expression ${source} cannot be compiled.`);
    }
    const xpath = { source, plain, compiled };
    this.#compiled.set(source, xpath);
    return xpath;
  }

  /** The name, where an expression is one step to a child element or an attribute. */
  step(xpath: CompiledXPath): { axis: 'child' | 'attribute'; name: ExpandedName } | undefined {
    const { plain } = xpath;
    if (plain === undefined || plain.absolute) return undefined;
    const [first, ...more] = plain.steps;
    if (plain.steps.length === 0 && typeof plain.end === 'object')
      return { axis: 'attribute', name: plain.end.attribute };
    return first !== undefined && more.length === 0 && plain.end === undefined
      ? { axis: 'child', name: first }
      : undefined;
  }

  /** Everything evaluated within `run` is evaluated in this document. */
  within<T>(doc: Pointer, run: () => T): T {
    this.#doc = doc;
    try {
      return run();
    } finally {
      if (this.#context !== 0) this.#libxml.api._xmlXPathFreeContext(this.#context);
      this.#context = 0;
      this.#doc = 0;
    }
  }

  /** The nodes an expression selects, in document order. */
  nodes(xpath: CompiledXPath, context: Pointer): Pointer[] {
    if (xpath.plain) return this.#walk(xpath.plain, context, false);
    const result = this.#evaluate(xpath, context);
    if (Array.isArray(result)) return result;
    throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `The XPath expression ${xpath.source} selects no nodes.`);
  }

  first(xpath: CompiledXPath, context: Pointer): Pointer | undefined {
    return (xpath.plain ? this.#walk(xpath.plain, context, true) : this.nodes(xpath, context))[0];
  }

  /** String value of the first node, or the string, number or boolean the expression gives; undefined without a node. */
  value(xpath: CompiledXPath, context: Pointer): string | number | boolean | undefined {
    const result = xpath.plain ? this.#walk(xpath.plain, context, true) : this.#evaluate(xpath, context);
    if (!Array.isArray(result)) return result;
    return result[0] === undefined ? undefined : this.#libxml.text(result[0]);
  }

  /** The first node an expression selects; the context where it selects none or gives a value. */
  node(xpath: CompiledXPath, context: Pointer): Pointer {
    const result = xpath.plain ? this.#walk(xpath.plain, context, true) : this.#evaluate(xpath, context);
    return (Array.isArray(result) ? result[0] : undefined) ?? context;
  }

  free(): void {
    for (const { compiled } of this.#compiled.values()) {
      if (compiled !== 0) this.#libxml.api._xmlXPathFreeCompExpr(compiled);
    }
    this.#compiled.clear();
  }

  #evaluate(xpath: CompiledXPath, node: Pointer): Pointer[] | string | number | boolean {
    const { api } = this.#libxml;
    if (this.#context === 0) this.#context = this.#newContext();
    api._xmlXPathSetContextNode(node, this.#context);
    const object = api._xmlXPathCompiledEval(xpath.compiled, this.#context);
    if (object === 0) {
      throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `The XPath expression ${xpath.source} cannot be evaluated.`);
    }
    try {
      return this.#libxml.xpathResult(object);
    } finally {
      api._xmlXPathFreeObject(object);
    }
  }

  #newContext(): Pointer {
    const libxml = this.#libxml;
    const context = libxml.api._xmlXPathNewContext(this.#doc);
    for (const [prefix, uri] of Object.entries(this.#namespaces)) {
      libxml.withString(prefix, (name) =>
        libxml.withString(uri, (text) => libxml.api._xmlXPathRegisterNs(context, name, text)),
      );
    }
    return context;
  }

  #plain(source: string): PlainPath | undefined {
    if (source === '' || source === '/' || !PLAIN.test(source)) return undefined;
    const parts = source.split('/');
    const absolute = parts[0] === '';
    if (absolute) parts.shift();
    const last = parts.at(-1) ?? '';
    const end: End =
      last === 'text()' ? 'text' : last.startsWith('@') ? { attribute: this.#named(last.slice(1)) } : undefined;
    if (end !== undefined) parts.pop();
    const steps = parts.filter((part) => part !== '.').map((part) => (part === '*' ? undefined : this.#named(part)));
    return { absolute, steps, end };
  }

  #named(name: string): { namespace: string; local: string } {
    const [prefix, local] = name.includes(':') ? name.split(':', 2) : [undefined, name];
    if (prefix === undefined) return { namespace: '', local: local ?? '' };
    const namespace = this.#namespaces[prefix];
    if (namespace === undefined) {
      throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `The namespace prefix ${prefix} is not declared.`);
    }
    return { namespace, local: local ?? '' };
  }

  #walk({ absolute, steps, end }: PlainPath, context: Pointer, one: boolean): Pointer[] {
    const found: Pointer[] = [];
    this.#descend(absolute ? this.#doc : context, steps, 0, end, one, found);
    return found;
  }

  #descend(from: Pointer, steps: readonly Step[], at: number, end: End, one: boolean, found: Pointer[]): void {
    if (at === steps.length) return this.#finish(from, end, one, found);
    const libxml = this.#libxml;
    if (libxml.kind(from) === NODE.attribute) return;
    const step = steps[at];
    for (let child = libxml.children(from); child !== 0; child = libxml.next(child)) {
      if (libxml.kind(child) !== NODE.element) continue;
      if (step !== undefined && (libxml.name(child) !== step.local || libxml.namespace(child) !== step.namespace))
        continue;
      this.#descend(child, steps, at + 1, end, one, found);
      if (one && found.length > 0) return;
    }
  }

  #finish(node: Pointer, end: End, one: boolean, found: Pointer[]): void {
    if (end === undefined) {
      found.push(node);
      return;
    }
    const libxml = this.#libxml;
    if (end === 'text') {
      for (let child = libxml.children(node); child !== 0; child = libxml.next(child)) {
        const kind = libxml.kind(child);
        if (kind === NODE.text || kind === NODE.cdata) found.push(child);
        if (one && found.length > 0) return;
      }
      return;
    }
    if (libxml.kind(node) !== NODE.element) return;
    for (let attribute = libxml.attributes(node); attribute !== 0; attribute = libxml.next(attribute)) {
      const { local, namespace } = end.attribute;
      if (libxml.name(attribute) === local && libxml.namespace(attribute) === namespace) found.push(attribute);
    }
  }
}
