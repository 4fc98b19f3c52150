/**
 * A tree of XPath expressions (XPath 1.0, prefixes of {@link XmlJob.namespaces}) that turns a document into plain
 * objects. The context at the top is the document itself, so `/a:Antrag` and `a:Antrag` mean the same there.
 * Anything that is missing and not `optional` is HUB_XML_NOT_EXTRACTABLE with the place. Plain paths of child steps,
 * ending in an element, `@attribute`, `text()` or `.`, are evaluated several times faster than other expressions.
 */
export type Extraction = ValueExtraction | EachExtraction | AtExtraction | FieldsExtraction | RecurseExtraction;

/**
 * One value. Of several nodes the first counts.
 * `as`: `string` (default) the text as it is; `trimmed` without white space at both ends; `number` a JSON number;
 * `boolean` true or 1, false or 0, or the result of a boolean expression such as `@a = 'x'`.
 */
export interface ValueExtraction {
  readonly xpath: string;
  readonly as?: 'string' | 'number' | 'boolean' | 'trimmed';
  readonly optional?: boolean;
}

/** An array with one item for each node, in document order; empty where there is none. */
export interface EachExtraction {
  readonly each: string;
  readonly item: Extraction;
  /** What {@link RecurseExtraction} refers to. */
  readonly name?: string;
}

/** Moves the context to the first node of `at`. */
export interface AtExtraction {
  readonly at: string;
  readonly fields: Readonly<Record<string, Extraction>>;
  readonly optional?: boolean;
  readonly name?: string;
}

/** An object; fields that are missing and optional are left out. */
export interface FieldsExtraction {
  readonly fields: Readonly<Record<string, Extraction>>;
  readonly name?: string;
}

/** The extraction above this one that has this `name`, once more in the current context. */
export interface RecurseExtraction {
  readonly recurse: string;
}

export interface XmlJob {
  /** The document's bytes. Given away: where the array owns its whole buffer, it is empty after the call. */
  readonly document: Uint8Array;
  /** Id in the catalogue, e.g. `civento/1.0`; unset: only well-formedness is checked. */
  readonly schema?: string;
  readonly extract?: Extraction;
  /** Asks for {@link XmlResult.canonicalSha256}. `omit`: XPaths of elements whose content is left out of it. */
  readonly canonical?: { readonly omit?: readonly string[] };
  /** Prefixes of every XPath of this job. */
  readonly namespaces?: Readonly<Record<string, string>>;
  /** Largest document in bytes; default 16 MiB. A single text is limited to 10 MB in any case. */
  readonly maxBytes?: number;
}

export interface XmlResult {
  /** What the extraction says; undefined without one. */
  readonly value?: unknown;
  /** SHA-256 (lower-case hex) over Exclusive XML Canonicalization 1.0 without comments. */
  readonly canonicalSha256?: string;
  readonly rootName: { readonly namespace: string; readonly local: string };
}
