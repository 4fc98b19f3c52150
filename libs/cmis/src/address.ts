import type { PageOptions } from './cmis-connection.port.ts';

/** The address with further parameters; those undefined are left out. */
export function withQuery(url: URL, query: Readonly<Record<string, string | undefined>>): URL {
  const address = new URL(url);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
}

/** Both bindings name the paging parameters alike. */
export function paging({ maxItems = 100, skipCount = 0 }: PageOptions): Record<string, string> {
  return { maxItems: String(maxItems), skipCount: String(skipCount) };
}
