import { type FakeObject, FakeCmisException } from './fake-cmis-model.ts';
import type { FakeCmisStore } from './fake-cmis-store.ts';
import { type FakeShown, shownProperties } from './fake-cmis-view.ts';

const TEXT = String.raw`'((?:[^'\\]|\\.)*)'`;
const STATEMENT = new RegExp(
  String.raw`^\s*SELECT\s+(.+?)\s+FROM\s+([\w:.]+)(?:\s+(?:AS\s+)?(?!WHERE|JOIN|ORDER)(\w+))?(?:\s+JOIN\s+([\w:.]+)\s+(?:AS\s+)?(\w+)\s+ON\s+\S+\s*=\s*\S+)?(?:\s+WHERE\s+(.+?))?(?:\s+ORDER\s+BY\s+(.+?))?\s*$`,
  'is',
);
const IN_FOLDER = new RegExp(String.raw`^IN_FOLDER\s*\(\s*(?:\w+\s*,\s*)?${TEXT}\s*\)$`, 'i');
const EQUALS = new RegExp(String.raw`^([\w:.]+)\s*=\s*${TEXT}$`);

/**
 * The part of the query language that tests use: columns or `*`, one type, a join with one secondary type, conditions
 * `property = 'text'` and `IN_FOLDER('id')` joined by AND, ORDER BY one column.
 */
export function fakeQuery(store: FakeCmisStore, statement: string): FakeShown[][] {
  const match = STATEMENT.exec(statement);
  if (!match) throw new FakeCmisException('invalidArgument', `line 1:0 missing SELECT at '${statement.split(' ')[0]}'`);
  const [, columns = '*', typeId = '', , joinedId, , conditions, order] = match;
  const type = store.type(typeId);
  const joined = joinedId === undefined ? undefined : store.type(joinedId);
  const tests = (conditions?.split(/\s+AND\s+/i) ?? []).map((text) => condition(store, text.trim()));
  const rows = [...store.objects.values()].filter(
    (object) =>
      store.isListed(object) &&
      [object.type.id, object.type.parentId, ...object.secondary.map(({ id }) => id)].includes(type.id) &&
      (!joined || object.secondary.includes(joined)) &&
      tests.every((test) => test(object)),
  );
  const names = columns.split(',').map((column) => bare(column.trim()));
  const sortBy = order && bare(order.trim().split(/\s+/)[0]!);
  return rows
    .toSorted((one, other) => (sortBy ? compare(valueOf(store, one, sortBy), valueOf(store, other, sortBy)) : 0))
    .map((object) => {
      const all = shownProperties(store, object);
      return names.includes('*') ? all : all.filter(({ property }) => names.includes(property.id));
    });
}

function condition(store: FakeCmisStore, text: string): (object: FakeObject) => boolean {
  const folder = IN_FOLDER.exec(text);
  if (folder) return (object) => object.parentId === unescape(folder[1]!);
  const equals = EQUALS.exec(text);
  if (!equals) throw new FakeCmisException('invalidArgument', 'The fake repository does not know this condition.');
  const wanted = unescape(equals[2]!);
  return (object) => valueOf(store, object, bare(equals[1]!)) === wanted;
}

function valueOf(store: FakeCmisStore, object: FakeObject, id: string): string {
  return String(shownProperties(store, object).find(({ property }) => property.id === id)?.values[0] ?? '');
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Without the alias of the type: `D.cmis:name`. */
function bare(name: string): string {
  return name.replace(/^\w+\./, '');
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
