import type { SchemaCatalogue, SchemaEntry } from './catalogue.ts';
import { Failure, MOST_PLACES } from './failure.ts';
import type { Libxml, Pointer, Report } from './libxml.ts';
import { placesOf } from './violations.ts';

/** Where the workers' files lie for libxml2; a name that no file system of the machine answers to. */
const ROOT = '/catalogue/';
/** NONET, NO_XXE, NO_SYS_CATALOG. */
const OPTIONS = 2048 | 8_388_608 | 33_554_432;

/** The schemas of a catalogue, each compiled once when it is first used and kept. */
export class Schemas {
  readonly #libxml: Libxml;
  readonly #catalogue: SchemaCatalogue;
  readonly #compiled = new Map<string, Pointer>();
  readonly #input: CatalogueInput;

  constructor(libxml: Libxml, catalogue: SchemaCatalogue) {
    this.#libxml = libxml;
    this.#catalogue = catalogue;
    this.#input = new CatalogueInput(libxml, catalogue);
  }

  /** @throws Failure HUB_XML_INVALID with the places; the document stays as it is */
  validate(doc: Pointer, id: string): void {
    const { api } = this.#libxml;
    const schema = this.#schema(id);
    const context = api._xmlSchemaNewValidCtxt(schema);
    try {
      const { result, reports } = this.#libxml.collecting((collector) => {
        api._xmlSchemaSetValidStructuredErrors(context, collector, 0);
        return api._xmlSchemaValidateDoc(context, doc);
      });
      if (result === 0) return;
      throw new Failure('HUB_XML_INVALID', placesOf(this.#libxml, reports));
    } finally {
      api._xmlSchemaFreeValidCtxt(context);
    }
  }

  #schema(id: string): Pointer {
    const known = this.#compiled.get(id);
    if (known !== undefined) return known;
    const entry = this.#catalogue.entries[id];
    if (entry === undefined) throw new Failure('HUB_XML_SCHEMA_UNKNOWN', [], `The catalogue has no schema ${id}.`);
    const compiled = this.#compile(id, entry);
    this.#compiled.set(id, compiled);
    return compiled;
  }

  /** The schema's document is kept with it: libxml2 refers to its nodes. */
  #compile(id: string, entry: SchemaEntry): Pointer {
    const { api } = this.#libxml;
    this.#input.use(entry);
    const { result, reports } = this.#libxml.collecting((collector) => {
      const doc = this.#parse(this.#catalogue.files[entry.file] ?? '', ROOT + entry.file, collector);
      if (doc === 0) return 0;
      const context = api._xmlSchemaNewDocParserCtxt(doc);
      api._xmlSchemaSetParserStructuredErrors(context, collector, 0);
      try {
        return api._xmlSchemaParse(context);
      } finally {
        api._xmlSchemaFreeParserCtxt(context);
      }
    });
    this.#libxml.forget();
    const missing = this.#input.missing();
    if (result !== 0 && missing.length === 0) return result;
    throw new Failure(
      'HUB_XML_SCHEMA_BROKEN',
      reports.slice(0, MOST_PLACES).map(schemaPlace),
      brokenDetail(id, missing),
    );
  }

  #parse(text: string, url: string, collector: Pointer): Pointer {
    const libxml = this.#libxml;
    const bytes = Buffer.from(text, 'utf8');
    const context = libxml.api._xmlNewParserCtxt();
    libxml.api._xmlCtxtSetErrorHandler(context, collector, 0);
    try {
      return libxml.withBytes(bytes, (address) =>
        libxml.withString(url, (name) =>
          libxml.api._xmlCtxtReadMemory(context, address, bytes.length, name, 0, OPTIONS),
        ),
      );
    } finally {
      libxml.api._xmlFreeParserCtxt(context);
    }
  }
}

function brokenDetail(id: string, missing: readonly string[]): string {
  const lacking = missing.length === 0 ? '' : ` The catalogue lacks ${missing.join(', ')}.`;
  return `Schema ${id} cannot be compiled.${lacking}`;
}

/** Reports about a schema speak of the schema only, so libxml2's own words may be passed on. */
function schemaPlace({ line, message }: Report) {
  return { ...(line > 0 && { line }), message: message.trim() };
}

/** Gives libxml2 the files of the catalogue and nothing else. */
class CatalogueInput {
  readonly #files: Map<string, Uint8Array>;
  readonly #open = new Map<number, { readonly bytes: Uint8Array; at: number }>();
  readonly #missing = new Set<string>();
  #imports: Readonly<Record<string, string>> = {};
  #handles = 0;

  constructor(libxml: Libxml, catalogue: SchemaCatalogue) {
    const { api } = libxml;
    this.#files = new Map(
      Object.entries(catalogue.files).map(([path, text]) => [ROOT + path, Buffer.from(text, 'utf8')]),
    );
    const match = api.addFunction((name: Pointer) => (this.#known(api.UTF8ToString(name)) ? 1 : 0), 'ii');
    const open = api.addFunction((name: Pointer) => this.#opened(api.UTF8ToString(name)), 'ii');
    const read = api.addFunction(
      (handle: number, to: Pointer, length: number) => this.#read(handle, api.HEAPU8.subarray(to, to + length)),
      'iiii',
    );
    const close = api.addFunction((handle: number) => (this.#open.delete(handle) ? 0 : -1), 'ii');
    api._xmlRegisterInputCallbacks(match, open, read, close);
  }

  /** Absolute locations mean what this entry says from now on. */
  use(entry: SchemaEntry): void {
    this.#imports = entry.imports ?? {};
    this.#missing.clear();
  }

  /** Files asked for since {@link use} that the catalogue does not have. */
  missing(): string[] {
    return [...this.#missing];
  }

  #find(name: string): Uint8Array | undefined {
    const imported = this.#imports[name];
    return this.#files.get(imported === undefined ? name : ROOT + imported);
  }

  #known(name: string): boolean {
    if (this.#find(name) !== undefined) return true;
    this.#missing.add(name.startsWith(ROOT) ? name.slice(ROOT.length) : name);
    return false;
  }

  #opened(name: string): number {
    const bytes = this.#find(name);
    if (bytes === undefined) return 0;
    this.#handles += 1;
    this.#open.set(this.#handles, { bytes, at: 0 });
    return this.#handles;
  }

  #read(handle: number, into: Uint8Array): number {
    const file = this.#open.get(handle);
    if (file === undefined) return -1;
    const chunk = file.bytes.subarray(file.at, file.at + into.length);
    into.set(chunk);
    file.at += chunk.length;
    return chunk.length;
  }
}
