import type { ErrorDefinition, ErrorList } from '@ozg-hub/core';
import { table } from './markdown-table.ts';
import { sourcesNamed } from './sources.ts';

/** What a sender meets comes first; the rest follows by name. */
const FIRST = ['services/civento-intake', 'libs/civento', 'libs/xml', 'libs/directory', 'libs/runtime', 'libs/vault'];

/** Every error of the hub: one table per `errors.ts`. */
export async function errorTables(): Promise<string> {
  const sources = await sourcesNamed('errors.ts');
  const rank = ({ owner }: { owner: string }) => (FIRST.includes(owner) ? FIRST.indexOf(owner) : FIRST.length);
  const sections = sources
    .toSorted((one, other) => rank(one) - rank(other))
    .flatMap(({ owner, exports }) => {
      const lists = exports.filter(isErrorList).map(({ definitions }) => errorTable(definitions));
      return lists.map((list) => `**${owner}**\n\n${list}`);
    });
  return sections.join('\n\n');
}

function errorTable(definitions: Readonly<Record<string, ErrorDefinition>>): string {
  return table(
    ['code', 'HTTP', 'class', 'means', 'do'],
    Object.entries(definitions).map(([code, { status, class: kind, title, action }]) => [
      `\`${code}\``,
      String(status),
      kind,
      title,
      action,
    ]),
  );
}

function isErrorList(exported: unknown): exported is ErrorList<`HUB_${string}`> {
  return typeof exported === 'object' && exported !== null && 'definitions' in exported;
}
