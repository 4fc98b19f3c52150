import { FakeCmisException, type FakeObject, type FakeProperties, type FakeValue } from './fake-cmis-model.ts';
import type { FakeProperty, FakeType } from './fake-cmis-catalogue.ts';

const ILLEGAL = /[/\\:"*?<>|]/;

/** @throws FakeCmisException invalidArgument for a name with a character that OpenCMIS refuses */
export function checkCharacters(name: string): void {
  if (!ILLEGAL.test(name)) return;
  throw new FakeCmisException(
    'invalidArgument',
    `Name contains illegal characters, not allowed are '/', '\\', ':', '"', '*'. '?', '<','>', '|' Name is: ${name}`,
  );
}

/** What the type definitions demand of the properties given. @throws FakeCmisException */
export function checkProperties(
  type: FakeType,
  secondary: readonly FakeType[],
  given: FakeProperties,
  call: 'create' | 'update',
): void {
  const known = new Map([type, ...secondary].flatMap(({ properties }) => properties.map((one) => [one.id, one])));
  for (const [id, values] of given) {
    const property = known.get(id);
    if (!property) throw new FakeCmisException('invalidArgument', `${id} is unknown!`);
    checkValues(property, values, call);
  }
  const missing = [...known.values()].find(
    ({ id, required }) => required && call === 'create' && !given.get(id)?.length,
  );
  if (missing) throw new FakeCmisException('constraint', `Property ${missing.id} is required.`);
}

function checkValues(
  { id, multi, type, updatability, maxLength, choices }: FakeProperty,
  values: readonly FakeValue[],
  call: string,
): void {
  if (updatability === 'readonly' || (updatability === 'oncreate' && call !== 'create')) {
    throw new FakeCmisException('constraint', `Property ${id} is readonly.`);
  }
  if (!multi && values.length > 1) throw new FakeCmisException('constraint', `Property ${id} is single-valued.`);
  for (const value of values) {
    if (typeof value === 'number' && Number.isNaN(value))
      throw new FakeCmisException('invalidArgument', `${id} is no ${type}`);
    if (value instanceof Date && Number.isNaN(value.getTime()))
      throw new FakeCmisException('invalidArgument', `${id} is no ${type}`);
    if (maxLength !== undefined && String(value).length > maxLength)
      throw new FakeCmisException('constraint', `${id} is too long.`);
    if (choices && !choices.includes(String(value)))
      throw new FakeCmisException('constraint', `${id} has no such choice.`);
  }
}

/** The label of the version that follows. */
export function nextLabel(object: FakeObject, major: boolean): string {
  const [first = 0, second = 0] = String(object.properties.get('cmis:versionLabel')?.[0] ?? '0.0')
    .split('.')
    .map(Number);
  return major ? `${first + 1}.0` : `${first}.${second + 1}`;
}
