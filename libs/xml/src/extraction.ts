import { elementPath } from './element-path.ts';
import { Failure } from './failure.ts';
import type { Extraction, ValueExtraction } from './job.ts';
import type { Libxml, Pointer } from './libxml.ts';
import type { XPaths } from './xpaths.ts';

/** Gives the value of one extraction in a context node; undefined where it is missing and optional. */
export type CompiledExtraction = (context: Pointer) => unknown;

/** Compiles an extraction to closures. @throws Failure HUB_XML_EXTRACTION_BROKEN */
export function compileExtraction(libxml: Libxml, xpaths: XPaths, extraction: Extraction): CompiledExtraction {
  return new Compiler(libxml, xpaths).compile(extraction, new Map());
}

type Named = Map<string, { compiled?: CompiledExtraction }>;

class Compiler {
  constructor(
    private readonly libxml: Libxml,
    private readonly xpaths: XPaths,
  ) {}

  compile(extraction: Extraction, above: Named): CompiledExtraction {
    if ('recurse' in extraction) return recursion(extraction.recurse, above);
    if ('xpath' in extraction) return this.#value(extraction);
    const own: { compiled?: CompiledExtraction } = {};
    const named = extraction.name === undefined ? above : new Map(above).set(extraction.name, own);
    own.compiled = 'each' in extraction ? this.#each(extraction, named) : this.#fields(extraction, named);
    return own.compiled;
  }

  #each({ each, item }: { each: string; item: Extraction }, named: Named): CompiledExtraction {
    const [xpath, compiled] = [this.xpaths.compile(each), this.compile(item, named)];
    return (context) => this.xpaths.nodes(xpath, context).map((node) => compiled(node));
  }

  #fields(
    extraction: { fields: Readonly<Record<string, Extraction>>; at?: string; optional?: boolean },
    named: Named,
  ): CompiledExtraction {
    const fields = Object.entries(extraction.fields).map(([name, field]) => ({
      name,
      read: this.compile(field, named),
    }));
    const object = (context: Pointer) => {
      const result: Record<string, unknown> = {};
      for (const { name, read } of fields) {
        const value = read(context);
        if (value !== undefined) result[name] = value;
      }
      return result;
    };
    if (extraction.at === undefined) return object;
    const at = this.xpaths.compile(extraction.at);
    return (context) => {
      const node = this.xpaths.first(at, context);
      if (node !== undefined) return object(node);
      if (extraction.optional) return undefined;
      throw this.#failure(context, `needs ${extraction.at}`);
    };
  }

  #value({ xpath, as = 'string', optional }: ValueExtraction): CompiledExtraction {
    const compiled = this.xpaths.compile(xpath);
    return (context) => {
      const value = this.xpaths.value(compiled, context);
      if (value === undefined) {
        if (optional) return undefined;
        throw this.#failure(context, `needs ${xpath}`);
      }
      const converted = CONVERT[as](value);
      if (converted === undefined) throw this.#failure(context, `${xpath} is not a ${as}`);
      return converted;
    };
  }

  #failure(context: Pointer, message: string): Failure {
    const line = this.libxml.line(context);
    const path = elementPath(this.libxml, context);
    return new Failure('HUB_XML_NOT_EXTRACTABLE', [{ ...(line > 0 && { line }), path, message }]);
  }
}

function recursion(name: string, above: Named): CompiledExtraction {
  const target = above.get(name);
  if (target === undefined)
    throw new Failure('HUB_XML_EXTRACTION_BROKEN', [], `No extraction above has the name ${name}.`);
  return (context) => target.compiled?.(context);
}

type Raw = string | number | boolean;

const CONVERT: Readonly<Record<NonNullable<ValueExtraction['as']>, (value: Raw) => Raw | undefined>> = {
  string: (value) => String(value),
  trimmed: (value) => String(value).trim(),
  number: (value) => {
    const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? number : undefined;
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return value;
    return ({ true: true, '1': true, false: false, '0': false } as Record<string, boolean>)[String(value).trim()];
  },
};
