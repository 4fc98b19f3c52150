import { createHash } from 'node:crypto';
import type { SchemaCatalogue } from './catalogue.ts';
import { type CompiledExtraction, compileExtraction } from './extraction.ts';
import { Failure } from './failure.ts';
import type { XmlResult } from './job.ts';
import { Libxml, type Pointer } from './libxml.ts';
import { safeParse } from './safe-parse.ts';
import { Schemas } from './schemas.ts';
import type { Plan } from './wire.ts';
import { type CompiledXPath, XPaths } from './xpaths.ts';

const EXCLUSIVE_C14N = 1;
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
  readonly #plans = new Map<string, CompiledPlan>();

  private constructor(libxml: Libxml, catalogue: SchemaCatalogue) {
    this.#libxml = libxml;
    this.#schemas = new Schemas(libxml, catalogue);
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

  /** Empties the omitted elements first: the document is freed afterwards, and a filter would be asked for each node. */
  #canonicalSha256(doc: Pointer, omit: readonly CompiledXPath[], xpaths: XPaths): string {
    const { api } = this.#libxml;
    for (const xpath of omit) {
      for (const node of xpaths.nodes(xpath, doc)) api._xmlNodeSetContentLen(node, 0, 0);
    }
    const hash = createHash('sha256');
    const written = this.#libxml.writing(
      (chunk) => hash.update(chunk),
      (output) => api._xmlC14NExecute(doc, 0, 0, EXCLUSIVE_C14N, 0, 0, output),
    );
    if (written < 0) throw new Failure('HUB_XML_NOT_CANONICAL');
    return hash.digest('hex');
  }
}

function planOf(text: string): Plan {
  return Object.assign({}, ...text.split('\n').map((line) => JSON.parse(line) as Plan)) as Plan;
}
