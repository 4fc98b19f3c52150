/** The structure of the standard: 2.4 is one, 3.0 and 3.1 are another. */
export type Generation = 2 | 3;

/** One list of codes: our own table, with texts in our own words. */
export interface CodeList {
  /** Canonical URI without version, the value of `listURI`. */
  readonly uri: string;
  /** The value of `listVersionID`. */
  readonly version: string;
  readonly entries: ReadonlyMap<string, string>;
}

/** A list as it stands in the generations that have it; codes are the same in both. */
export interface CodeTable {
  readonly uri: string;
  readonly versions: Readonly<Partial<Record<Generation, string>>>;
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * Reads a table of lines `code text`. The text is what a clerk is shown, not the wording of the standard.
 * @param name the list of xdomea, or the URI of a list that is not xdomea's
 * @param versions the list's version by generation; a generation that is not there does not have the list
 * @throws Error on a code that stands twice
 */
export function codeTable(name: string, versions: CodeTable['versions'], table: string): CodeTable {
  const entries = new Map<string, string>();
  for (const line of table.split('\n').map((text) => text.trim())) {
    if (line === '') continue;
    const blank = line.indexOf(' ');
    const code = line.slice(0, blank);
    if (blank < 1 || entries.has(code)) throw new Error(`code list ${name}: bad or repeated line "${line}"`);
    entries.set(code, line.slice(blank + 1));
  }
  return { uri: name.startsWith('urn:') ? name : `urn:xoev-de:xdomea:codeliste:${name}`, versions, entries };
}

/** The list as a generation has it. @throws Error where it does not have it */
export function listOf({ uri, versions, entries }: CodeTable, generation: Generation): CodeList {
  const version = versions[generation];
  if (version === undefined) throw new Error(`code list ${uri}: not in generation ${generation}`);
  return { uri, version, entries };
}

/** A code with the list it comes from, as XÖV writes it. */
export interface CodeValue {
  readonly listUri: string;
  readonly listVersion: string;
  readonly code: string;
  readonly name?: string;
}
