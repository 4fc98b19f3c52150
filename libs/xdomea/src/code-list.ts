/** One list of codes: our own table, with texts in our own words. */
export interface CodeList {
  /** Canonical URI without version, the value of `listURI`. */
  readonly uri: string;
  /** The value of `listVersionID`. */
  readonly version: string;
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * Reads a table of lines `code text`. The text is what a clerk is shown, not the wording of the standard.
 * Throws on a code that stands twice.
 */
export function codeList(uri: string, version: string, table: string): CodeList {
  const entries = new Map<string, string>();
  for (const line of table.split('\n').map((text) => text.trim())) {
    if (line === '') continue;
    const blank = line.indexOf(' ');
    const code = line.slice(0, blank);
    if (blank < 1 || entries.has(code)) throw new Error(`code list ${uri}: bad or repeated line "${line}"`);
    entries.set(code, line.slice(blank + 1));
  }
  return { uri, version, entries };
}

/** A code with the list it comes from, as XÖV writes it. */
export interface CodeValue {
  readonly listUri: string;
  readonly listVersion: string;
  readonly code: string;
  readonly name?: string;
}
