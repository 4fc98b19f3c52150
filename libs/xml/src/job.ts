/**
 * A tree of XPath expressions (XPath 1.0, prefixes of {@link XmlJob.namespaces}) that turns a document into plain
 * objects. The context at the top is the document itself, so `/a:Antrag` and `a:Antrag` mean the same there.
 * What is missing and not `optional`, and what is not of its type, is HUB_XML_NOT_EXTRACTABLE
 * with all places. Plain paths of child steps,
 * ending in an element, `@attribute`, `text()` or `.`, are evaluated several times faster than other expressions.
 */
export type Extraction =
  | ValueExtraction
  | ConstantExtraction
  | EachExtraction
  | ListExtraction
  | AtExtraction
  | FieldsExtraction
  | LineExtraction
  | RecurseExtraction;

/** How the text of a value is understood; see {@link ValueExtraction}. */
export type ValueType = 'string' | 'trimmed' | 'number' | 'integer' | 'amount' | 'boolean' | 'date' | 'dateTime';

/**
 * One value. Of several nodes the first counts. `as`:
 * `string` (default) the text as it is;
 * `trimmed` without white space at both ends;
 * `number` a JSON number; `integer` decimal digits with an optional sign, given as text of any size;
 * `amount` minor units as a JSON number, from text with one or two decimals after `.` or `,`;
 * `boolean` true or 1, false or 0, or the result of a boolean expression such as `@a = 'x'`;
 * `date` ISO 8601 (`2026-08-21`); `dateTime` ISO 8601 with offset.
 * For all but `string`, a text of white space only is missing.
 */
export interface ValueExtraction {
  readonly xpath: string;
  readonly as?: ValueType;
  readonly optional?: boolean;
  /** What a text (trimmed) stands for, applied before `as`; a text that is not among them is refused. */
  readonly values?: Readonly<Record<string, string>>;
  /** The text where there is none. */
  readonly default?: string;
  /**
   * How a `date` or `dateTime` is written, of `yyyy MM dd HH mm ss` and other characters, e.g. `dd.MM.yyyy`; default
   * ISO 8601. A time without offset is Europe/Berlin.
   */
  readonly format?: string;
}

/** The same value in every document. */
export interface ConstantExtraction {
  readonly constant: string | number | boolean;
}

/** An array with one item for each node, in document order; empty where there is none. */
export interface EachExtraction {
  readonly each: string;
  readonly item: Extraction;
  /** What {@link RecurseExtraction} refers to. */
  readonly name?: string;
}

/** An array of what different extractions give in the same context; what is missing and optional is left out. */
export interface ListExtraction {
  readonly list: readonly Extraction[];
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

/** The line, counted from 1, on which the first node of `line` begins; missing where there is none. */
export interface LineExtraction {
  readonly line: string;
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
