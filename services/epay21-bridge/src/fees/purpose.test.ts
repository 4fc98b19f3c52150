import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { purposeOf } from './purpose.ts';

const values = { kassenzeichen: '2026-00000483-8', leistung: 'Führungszeugnis für Gefäße & Größe', vorgang: 'MUS-1' };

describe('a purpose', () => {
  test('writes umlauts out and is cut at 27 characters', () => {
    expect(purposeOf('{{kassenzeichen}} {{leistung}}', values)).toBe('2026-00000483-8 Fuehrungsze');
  });

  test('keeps the Kassenzeichen whole wherever the template has it', () => {
    expect(purposeOf('{{leistung}} {{kassenzeichen}}', values)).toBe('Fuehrungszeu2026-00000483-8');
    expect(purposeOf('KZ {{kassenzeichen}}', values)).toBe('KZ 2026-00000483-8');
  });

  test.each(['2026/483', 'A_1', 'Ä1', '', 'x'.repeat(28)])(
    'of the Kassenzeichen "%s" there is none',
    (kassenzeichen) => {
      expect(purposeOf('{{kassenzeichen}}', { kassenzeichen })).toBeUndefined();
    },
  );

  test('has allowed characters only, whatever stands around the Kassenzeichen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (leistung, vorgang) => {
        const made = purposeOf('{{vorgang}}/{{kassenzeichen}}.{{leistung}}', { ...values, leistung, vorgang })!;
        expect(made).toMatch(/^[A-Za-z0-9 -]{1,27}$/);
        expect(made).toContain(values.kassenzeichen);
      }),
    );
  });
});
