import { describe, expect, test } from '@jest/globals';
import { fee, kassenzeichenPattern, purposeTemplate } from './fee.ts';

const item = { id: 'ausweis', name: 'Ausweis', amount: '30.70' };

describe('a fee', () => {
  test('is described by its lines alone', () => {
    expect(fee.parse({ items: [item] })).toMatchObject({
      currency: 'EUR',
      timeoutMinutes: 30,
      purpose: '{{kassenzeichen}} {{leistung}}',
      items: [{ quantity: 1, taxRate: '0.00', booking: {} }],
    });
  });

  test.each([
    ['two lines of one id', { items: [item, item] }],
    ['no line', { items: [] }],
    ['100 lines', { items: Array.from({ length: 100 }, (_, n) => ({ ...item, id: `n${n}` })) }],
    ['an amount as a number', { items: [{ ...item, amount: 30.7 }] }],
    ['an amount with one decimal', { items: [{ ...item, amount: '30.7' }] }],
    ['a negative amount', { items: [{ ...item, amount: '-1.00' }] }],
    ['a tax rate above 100', { items: [{ ...item, taxRate: '100.01' }] }],
    ['an id with a blank', { items: [{ ...item, id: 'a b' }] }],
    ['an unknown booking key', { items: [{ ...item, booking: { konto: '1' } }] }],
  ])('is refused with %s', (_, written) => {
    expect(fee.safeParse(written).success).toBe(false);
  });
});

test.each([
  ['{{kassenzeichen}}', true],
  ['{{kassenzeichen}} {{leistung}}', true],
  ['{{leistung}}', false],
  ['{{kassenzeichen}} {{applicant}}', false],
  ['{{kassenzeichen}} {{', false],
])('the purpose %s is a template of ours: %s', (template, isOne) => {
  expect(purposeTemplate.safeParse(template).success).toBe(isOne);
});

test.each([
  ['{yyyy}-{number:8}-{check}', true],
  ['4711{yy}{number:6}{check:luhn}', true],
  ['{number:8}', true],
  ['{number:3}', false],
  ['{number:6}{number:6}', false],
  ['OHNE-NUMMER', false],
  ['{yyyy}{number:12}-ABCDE', false],
  ['{month}{number:8}', false],
  ['ä{number:8}', false],
])('the pattern %s makes Kassenzeichen: %s', (pattern, does) => {
  expect(kassenzeichenPattern.safeParse(pattern).success).toBe(does);
});
