import { Canonical } from './canonical.ts';
import type { SchemaCatalogue } from './catalogue.ts';
import { type CompiledExtraction, compileExtraction } from './extraction.ts';
import type { XmlResult } from './job.ts';
import { Libxml, type Pointer } from './libxml.ts';
import { safeParse } from './safe-parse.ts';
import { Schemas } from './schemas.ts';
import type { Plan } from './wire.ts';
import { type CompiledXPath, XPaths } from './xpaths.ts';

/** More different plans than profiles exist mean that someone builds them per call. */
const MOST_PLANS = 200;

interface CompiledPlan {
  readonly schema: string | undefined;
  readonly xpaths: XPaths;
  readonly extract: CompiledExtraction | undefined;
  readonly omit: readonly CompiledXPath[] | undefined;
}

/** Everything a worker does with a document, in one thread: parse, validate, extract, canonicalise, free. */
export class Engine {
  readonly #libxml: Libxml;
  readonly #schemas: Schemas;
  readonly #canonical: Canonical;
  readonly #plans = new Map<string, CompiledPlan>();

  private constructor(libxml: Libxml, catalogue: SchemaCatalogue) {
    this.#libxml = libxml;
    this.#schemas = new Schemas(libxml, catalogue);
    this.#canonical = new Canonical(libxml);
  }

  static async create(catalogue: SchemaCatalogue): Promise<Engine> {
    return new Engine(await Libxml.load(), catalogue);
  }

  get heapBytes(): number {
    return this.#libxml.heapBytes;
  }

  /** @param planText a {@link Plan} as text; compiled once */
  run(document: Uint8Array, maxBytes: number, planText: string): XmlResult {
    const libxml = this.#libxml;
    const plan = this.#plan(planText);
    const doc = safeParse(libxml, document, maxBytes);
    try {
      if (plan.schema !== undefined) this.#schemas.validate(doc, plan.schema);
      const root = libxml.api._xmlDocGetRootElement(doc);
      const rootName = { namespace: libxml.namespace(root), local: libxml.name(root) };
      return plan.xpaths.within(doc, () => ({
        rootName,
        ...(plan.extract && { value: plan.extract(doc) }),
        ...(plan.omit && { canonicalSha256: this.#canonicalSha256(doc, plan.omit, plan.xpaths) }),
      }));
    } finally {
      libxml.forget();
      libxml.api._xmlFreeDoc(doc);
    }
  }

  #plan(text: string): CompiledPlan {
    const known = this.#plans.get(text);
    if (known !== undefined) return known;
    const { schema, extract, canonical, namespaces = {} } = planOf(text);
    const xpaths = new XPaths(this.#libxml, namespaces);
    const plan: CompiledPlan = {
      schema,
      xpaths,
      extract: extract && compileExtraction(this.#libxml, xpaths, extract),
      omit: canonical && (canonical.omit ?? []).map((xpath) => xpaths.compile(xpath)),
    };
    this.#makeRoom();
    this.#plans.set(text, plan);
    return plan;
  }

  #makeRoom(): void {
    if (this.#plans.size < MOST_PLANS) return;
    for (const { xpaths } of this.#plans.values()) xpaths.free();
    this.#plans.clear();
  }

  #canonicalSha256(doc: Pointer, omit: readonly CompiledXPath[], xpaths: XPaths): string {
    return this.#canonical.sha256(doc, new Set(omit.flatMap((xpath) => xpaths.nodes(xpath, doc))));
  }
}

function planOf(text: string): Plan {
  return Object.assign({}, ...text.split('\n').map((line) => JSON.parse(line) as Plan)) as Plan;
}
