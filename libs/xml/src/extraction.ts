import type { ErrorPlace } from '@ozg-hub/core';
import { elementPath } from './element-path.ts';
import { Failure, MOST_PLACES } from './failure.ts';
import type { Extraction, ValueExtraction } from './job.ts';
import { type Libxml, NODE, type Pointer } from './libxml.ts';
import { type RawValue, missing, valueReader } from './values.ts';
import type { CompiledXPath, ExpandedName, XPaths } from './xpaths.ts';

/** What one extraction found wrong in one document. */
interface Run {
  readonly places: ErrorPlace[];
}

/** Gives the value of one extraction in a context node; undefined where it is missing. */
type Reader = (context: Pointer, run: Run) => unknown;

/** A reader in two steps: the node or value an expression gives, and what becomes of it. */
interface Located {
  readonly xpath: CompiledXPath;
  /** @param node 0 where the expression selects none */
  readonly fromNode: (node: Pointer, context: Pointer, run: Run) => unknown;
  /** Nothing comes of it where there is no node. */
  readonly maybe: boolean;
  readonly read: Reader;
}

/** Reads the value out of a document. @throws Failure HUB_XML_NOT_EXTRACTABLE with all places, at most 50 */
export type CompiledExtraction = (doc: Pointer) => unknown;

/** Compiles an extraction to closures. @throws Failure HUB_XML_EXTRACTION_BROKEN */
export function compileExtraction(libxml: Libxml, xpaths: XPaths, extraction: Extraction): CompiledExtraction {
  const read = new Compiler(libxml, xpaths).compile(extraction, new Map());
  return (doc) => {
    const run: Run = { places: [] };
    const value = read(doc, run);
    if (run.places.length > 0) throw new Failure('HUB_XML_NOT_EXTRACTABLE', run.places);
    return value;
  };
}

type Named = Map<string, { read?: Reader }>;
type Fields = Readonly<Record<string, Extraction>>;

class Compiler {
  readonly #libxml: Libxml;
  readonly #xpaths: XPaths;

  constructor(libxml: Libxml, xpaths: XPaths) {
    this.#libxml = libxml;
    this.#xpaths = xpaths;
  }

  compile(extraction: Extraction, above: Named): Reader {
    if ('recurse' in extraction) return recursion(extraction.recurse, above);
    if ('constant' in extraction) return () => extraction.constant;
    if ('list' in extraction) return this.#list(extraction.list, above);
    if ('line' in extraction) return this.#line(extraction.line);
    const located = this.#located(extraction, above);
    if (located !== undefined) return located.read;
    const own: { read?: Reader } = {};
    const named =
      'name' in extraction && extraction.name !== undefined ? new Map(above).set(extraction.name, own) : above;
    if ('each' in extraction) own.read = this.#each(extraction, named);
    else if ('fields' in extraction) own.read = this.#object(extraction.fields, named);
    return (context, run) => own.read?.(context, run);
  }

  #located(extraction: Extraction, above: Named): Located | undefined {
    if ('xpath' in extraction) return this.#value(extraction);
    return 'at' in extraction ? this.#at(extraction, above) : undefined;
  }

  #each({ each, item }: { each: string; item: Extraction }, named: Named): Reader {
    const [xpath, read] = [this.#xpaths.compile(each), this.compile(item, named)];
    return (context, run) => this.#xpaths.nodes(xpath, context).map((node) => read(node, run));
  }

  #list(list: readonly Extraction[], named: Named): Reader {
    const reads = list.map((extraction) => this.compile(extraction, named));
    return (context, run) => reads.map((read) => read(context, run)).filter((value) => value !== undefined);
  }

  #line(source: string): Reader {
    const xpath = this.#xpaths.compile(source);
    return (context) => {
      const node = this.#xpaths.first(xpath, context);
      return node === undefined ? undefined : this.#libxml.line(node);
    };
  }

  #at(
    { at, optional, fields, name }: { at: string; optional?: boolean; fields: Fields; name?: string },
    above: Named,
  ): Located {
    const own: { read?: Reader } = {};
    const object = this.#object(fields, name === undefined ? above : new Map(above).set(name, own));
    const xpath = this.#xpaths.compile(at);
    const fromNode = (node: Pointer, context: Pointer, run: Run) => {
      if (node !== 0) return object(node, run);
      return optional ? undefined : this.#wrong(context, run, `needs ${at}`);
    };
    const read: Reader = (context, run) => fromNode(this.#xpaths.first(xpath, context) ?? 0, context, run);
    own.read = read;
    return { xpath, fromNode, maybe: optional === true, read };
  }

  #value(extraction: ValueExtraction): Located {
    const { xpath: source, optional, default: fallback, as = 'string' } = extraction;
    const [xpath, convert] = [this.#xpaths.compile(source), valueReader(extraction)];
    const unmapped = extraction.values === undefined ? '' : ', or none of the values the profile maps';
    const from = (raw: RawValue | undefined, node: Pointer, context: Pointer, run: Run) => {
      let value = raw === undefined ? missing : convert(raw);
      if (value === missing && fallback !== undefined) value = convert(fallback);
      if (value === missing) return optional ? undefined : this.#wrong(context, run, `needs ${source}`);
      if (value !== undefined) return value;
      return this.#wrong(node || this.#xpaths.node(xpath, context), run, `is not of the type ${as}${unmapped}`);
    };
    return {
      xpath,
      maybe: optional === true && fallback === undefined,
      fromNode: (node, context, run) => from(node === 0 ? undefined : this.#libxml.text(node), node, context, run),
      read: (context, run) => from(this.#xpaths.value(xpath, context), 0, context, run),
    };
  }

  /**
   * An object with its fields in the order of the extraction. Fields that are one step away, as most are, are found in
   * one pass over children and attributes instead of one for each.
   */
  #object(fields: Fields, named: Named): Reader {
    const compiled = Object.entries(fields).map(([name, field]) => this.#field(name, field, named));
    const [children, attributes] = [slotsOf(compiled, 'child'), slotsOf(compiled, 'attribute')];
    return (context, run) => {
      const found: Pointer[] = compiled.map(() => 0);
      const kind = this.#libxml.kind(context);
      if (kind !== NODE.attribute && children.size > 0) {
        this.#find(this.#libxml.children(context), children, found);
      }
      if (kind === NODE.element && attributes.size > 0) {
        this.#find(this.#libxml.attributes(context), attributes, found);
      }
      const result: Record<string, unknown> = {};
      for (let index = 0; index < compiled.length; index += 1) {
        const [field, node] = [compiled[index]!, found[index]!];
        if (node === 0 && field.maybe) continue;
        const value = field.fromNode ? field.fromNode(node, context, run) : field.read(context, run);
        if (value !== undefined) result[field.name] = value;
      }
      return result;
    };
  }

  #field(name: string, extraction: Extraction, named: Named): Field {
    const located = this.#located(extraction, named);
    const slot = located && this.#xpaths.step(located.xpath);
    if (!located || !slot) return { name, maybe: false, read: located?.read ?? this.compile(extraction, named) };
    return { name, maybe: located.maybe, read: located.read, fromNode: located.fromNode, slot };
  }

  /** Puts the first node of each name sought into its place. */
  #find(first: Pointer, slots: ReadonlyMap<string, readonly Slot[]>, found: Pointer[]): void {
    const libxml = this.#libxml;
    for (let node = first; node !== 0; node = libxml.next(node)) {
      const kind = libxml.kind(node);
      if (kind !== NODE.element && kind !== NODE.attribute) continue;
      for (const { index, namespace } of slots.get(libxml.name(node)) ?? NOWHERE) {
        if (found[index] === 0 && libxml.namespace(node) === namespace) found[index] = node;
      }
    }
  }

  #wrong(node: Pointer, { places }: Run, message: string): undefined {
    if (places.length === MOST_PLACES) return;
    const [line, path] = [this.#libxml.line(node), elementPath(this.#libxml, node)];
    if (places.some((place) => place.path === path && place.message === message)) return;
    places.push({ ...(line > 0 && { line }), ...(path && { path }), message });
  }
}

interface Field {
  readonly name: string;
  readonly read: Reader;
  readonly maybe: boolean;
  /** Where it is one step away: the node is found together with those of its neighbours. */
  readonly fromNode?: Located['fromNode'];
  readonly slot?: { readonly axis: 'child' | 'attribute'; readonly name: ExpandedName };
}

interface Slot {
  readonly index: number;
  readonly namespace: string;
}

const NOWHERE: readonly Slot[] = [];

function slotsOf(fields: readonly Field[], axis: 'child' | 'attribute'): ReadonlyMap<string, readonly Slot[]> {
  const slots = new Map<string, Slot[]>();
  for (const [index, { slot }] of fields.entries()) {
    if (slot?.axis !== axis) continue;
    const { local, namespace } = slot.name;
    slots.set(local, [...(slots.get(local) ?? []), { index, namespace }]);
  }
  return slots;
}

function recursion(name: string, above: Named): Reader {
  const target = above.get(name);
  if (target === undefined)
    throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `No extraction above has the name ${name}.`);
  return (context, run) => target.read?.(context, run);
}
