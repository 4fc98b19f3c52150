import type { ErrorPlace } from '@ozg-hub/core';
import { elementPath } from './element-path.ts';
import { Failure, MOST_PLACES } from './failure.ts';
import type { Extraction, ValueExtraction } from './job.ts';
import type { Libxml, Pointer } from './libxml.ts';
import { missing, valueReader } from './values.ts';
import type { XPaths } from './xpaths.ts';

/** Gives the value of one extraction in a context node; undefined where it is missing. */
type Reader = (context: Pointer, run: Run) => unknown;

/** What one extraction found wrong in one document. */
interface Run {
  readonly places: ErrorPlace[];
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
    if ('xpath' in extraction) return this.#value(extraction);
    if ('list' in extraction) return this.#list(extraction.list, above);
    const own: { read?: Reader } = {};
    const named = extraction.name === undefined ? above : new Map(above).set(extraction.name, own);
    own.read = 'each' in extraction ? this.#each(extraction, named) : this.#fields(extraction, named);
    return own.read;
  }

  #each({ each, item }: { each: string; item: Extraction }, named: Named): Reader {
    const [xpath, read] = [this.#xpaths.compile(each), this.compile(item, named)];
    return (context, run) => this.#xpaths.nodes(xpath, context).map((node) => read(node, run));
  }

  #list(list: readonly Extraction[], named: Named): Reader {
    const reads = list.map((extraction) => this.compile(extraction, named));
    return (context, run) => reads.map((read) => read(context, run)).filter((value) => value !== undefined);
  }

  #fields(
    extraction: { fields: Readonly<Record<string, Extraction>>; at?: string; optional?: boolean },
    named: Named,
  ): Reader {
    const fields = Object.entries(extraction.fields).map(([name, field]) => ({
      name,
      read: this.compile(field, named),
    }));
    const object: Reader = (context, run) => {
      const result: Record<string, unknown> = {};
      for (const { name, read } of fields) {
        const value = read(context, run);
        if (value !== undefined) result[name] = value;
      }
      return result;
    };
    if (extraction.at === undefined) return object;
    const at = this.#xpaths.compile(extraction.at);
    return (context, run) => {
      const node = this.#xpaths.first(at, context);
      if (node !== undefined) return object(node, run);
      return extraction.optional ? undefined : this.#wrong(context, run, `needs ${extraction.at}`);
    };
  }

  #value(extraction: ValueExtraction): Reader {
    const { xpath, optional, default: fallback, as = 'string' } = extraction;
    const [compiled, read] = [this.#xpaths.compile(xpath), valueReader(extraction)];
    const unmapped = extraction.values === undefined ? '' : ', or none of the values the profile maps';
    return (context, run) => {
      const raw = this.#xpaths.value(compiled, context);
      let value = raw === undefined ? missing : read(raw);
      if (value === missing && fallback !== undefined) value = read(fallback);
      if (value === missing) return optional ? undefined : this.#wrong(context, run, `needs ${xpath}`);
      if (value !== undefined) return value;
      return this.#wrong(this.#xpaths.node(compiled, context), run, `is not of the type ${as}${unmapped}`);
    };
  }

  #wrong(node: Pointer, { places }: Run, message: string): undefined {
    if (places.length === MOST_PLACES) return;
    const [line, path] = [this.#libxml.line(node), elementPath(this.#libxml, node)];
    if (places.some((place) => place.path === path && place.message === message)) return;
    places.push({ ...(line > 0 && { line }), ...(path && { path }), message });
  }
}

function recursion(name: string, above: Named): Reader {
  const target = above.get(name);
  if (target === undefined)
    throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `No extraction above has the name ${name}.`);
  return (context, run) => target.read?.(context, run);
}
