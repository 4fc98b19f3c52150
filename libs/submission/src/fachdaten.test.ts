import { describe, expect, test } from '@jest/globals';
import { type Fachdatenfeld, fachdatenobjekt } from './index.ts';

const accepts = (field: unknown) => fachdatenobjekt.safeParse({ name: 'Hund', fields: [field] }).success;
const named = { name: 'Feld', label: 'Ein Feld' };

const every: Fachdatenfeld[] = [
  { ...named, type: 'STRING', value: '' },
  { ...named, type: 'INTEGER', value: '-12345678901234567890' },
  { ...named, type: 'DATE', value: '2028-02-29' },
  { ...named, type: 'BOOLEAN', value: false },
  { ...named, type: 'CHOICE', value: 'w', valueLabel: 'Hündin' },
  { ...named, type: 'ANLAGEN', value: ['impfpass'] },
  { ...named, type: 'PERSONENDATENSATZ', value: { kind: 'natuerlich', familienname: 'Mustermann' } },
  { ...named, type: 'ADRESSDATENSATZ', value: { ort: 'Musterstadt' } },
  { name: 'Feld', type: 'OBJECT', fields: [{ name: 'Farbe', type: 'STRING', value: 'braun' }] },
  { name: 'Feld', type: 'LIST', items: [[{ name: 'Name', type: 'STRING', value: 'Waldi' }], []] },
];

describe('a field of the Fachdaten', () => {
  test.each(every)('of the type $type is kept as it is', (field) => {
    expect(fachdatenobjekt.parse({ name: 'Hund', fields: [field] }).fields).toEqual([field]);
  });

  test.each<[string, unknown]>([
    ['no object', 'text'],
    ['without a name', { type: 'STRING', value: 'x' }],
    ['with an empty name', { name: '', type: 'STRING', value: 'x' }],
    ['with a label that is no text', { name: 'a', label: 1, type: 'STRING', value: 'x' }],
    ['of no known type', { name: 'a', type: 'TEXT', value: 'x' }],
    ['without a value', { name: 'a', type: 'STRING' }],
    ['with a number for an INTEGER', { name: 'a', type: 'INTEGER', value: 1 }],
    ['with letters for an INTEGER', { name: 'a', type: 'INTEGER', value: '1a' }],
    ['with a day that is none', { name: 'a', type: 'DATE', value: '2027-02-29' }],
    ['with text for a BOOLEAN', { name: 'a', type: 'BOOLEAN', value: 'true' }],
    ['with a part that is no text', { name: 'a', type: 'ANLAGEN', value: [1] }],
    ['with a person without a name', { name: 'a', type: 'PERSONENDATENSATZ', value: { kind: 'natuerlich' } }],
    ['with an address that is none', { name: 'a', type: 'ADRESSDATENSATZ', value: { ort: 1 } }],
    ['wrong somewhere inside', { name: 'a', type: 'LIST', items: [[{ name: 'b', type: 'OBJECT', fields: [{}] }]] }],
  ])('is refused: %s', (_, field) => {
    expect(accepts(field)).toBe(false);
  });
});
