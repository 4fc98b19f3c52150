import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const read = (name: string) => readFileSync(new URL(`../../../schemas/civento/1.0/${name}`, import.meta.url), 'utf8');
const schema = read('civento-antrag.xsd');
const names = [...schema.matchAll(/<xs:(?:element|attribute) name="(\w+)"/g)].map((match) => match[1] ?? '');

describe('the application XML', () => {
  test('is documented in the schema, element by element', () => {
    const declarations =
      schema.match(/<xs:(?:element|attribute|complexType|simpleType|enumeration) (?:name|value)="[^>]*>/g) ?? [];
    const documented =
      schema.match(
        /<xs:(?:element|attribute|complexType|simpleType|enumeration) (?:name|value)="[^>]*>\s*<xs:annotation>/g,
      ) ?? [];
    expect(names.length).toBeGreaterThan(80);
    expect(documented).toHaveLength(declarations.length);
  });

  test('is explained in its README, element by element', () => {
    const readme = read('README.md');
    expect(names.filter((name) => !readme.includes(`\`${name}\``) && name !== 'Antrag')).toEqual([]);
  });

  test('is shown in full by its example, but for the other kind of person', () => {
    const example = read('example.xml');
    const legal = ['JuristischePerson', 'Rechtsform', 'Registergericht', 'Registernummer', 'Vertreter', 'Postfach'];
    const missing = names.filter((name) => !example.includes(`<${name}`) && !example.includes(` ${name}="`));
    expect(missing.toSorted()).toEqual(legal.toSorted());
  });
});
