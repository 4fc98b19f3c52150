import { describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import type { CmisPropertyRules } from '@ozg-hub/directory';
import { sampleEnvelope } from '../sample-envelope.ts';
import { numberedName } from './numbered-name.ts';
import { propertiesOf } from './property.mapper.ts';

const text = (name: string, value: string) => ({ name, type: 'STRING' as const, value });
const fields = [text('Betrag', '12,50'), text('Ja', 'JA'), text('Leer', ' '), text('Groß', '9007199254740993')];
const envelope = sampleEnvelope({ fachdaten: [...sampleEnvelope().fachdaten, { name: 'Fall', fields }] });
const of = (rules: CmisPropertyRules) =>
  propertiesOf(rules, {
    envelope,
    omit: ['Bankverbindung'],
    render: (template) => template.replace(/\{\{leer\}\}/, ''),
  });

describe('properties', () => {
  test.each<[CmisPropertyRules[string], unknown]>([
    ['Text', 'Text'],
    [{ text: 'Text' }, 'Text'],
    [{ date: 'submittedAt' }, new Date('2026-08-21T00:00:00Z')],
    [{ date: 'fachdaten.Hund.Geburtstag' }, new Date('2024-02-29T00:00:00Z')],
    [{ datetime: 'submittedAt' }, new Date('2026-08-21T21:30:00Z')],
    [{ datetime: 'fachdaten.Hund.Impfung.Datum' }, new Date('2026-01-02T00:00:00Z')],
    [{ integer: 'laufendeNummer' }, 1],
    [{ integer: 7 }, 7],
    [{ decimal: 'fachdaten.Fall.Betrag' }, 12.5],
    [{ boolean: 'fachdaten.Hund.Kampfhund' }, false],
    [{ boolean: 'fachdaten.Fall.Ja' }, true],
    [
      ['eins', '{{leer}}', { text: 'zwei' }],
      ['eins', 'zwei'],
    ],
  ])('%j is of its type', (rule, expected) => {
    expect(of({ a: rule })).toEqual({ a: expected });
  });

  test.each<[CmisPropertyRules[string]]>([
    ['{{leer}}'],
    [['{{leer}}']],
    [{ date: 'fachdaten.Hund.Gibtsnicht' }],
    [{ datetime: 'fachdaten.Bankverbindung.IBAN' }],
    [{ integer: 'fachdaten.Hund.Weitere' }],
  ])('%j is left out: there is no value, or it is not passed on', (rule) => {
    expect(of({ a: rule })).toEqual({});
  });

  test.each<[CmisPropertyRules[string]]>([
    [{ date: 'fachdaten.Hund.Name' }],
    [{ integer: 'fachdaten.Fall.Betrag' }],
    [{ integer: 'fachdaten.Fall.Groß' }],
    [{ boolean: 'fachdaten.Hund.Rasse' }],
  ])('%j is refused: the value is of another type; the error names the property, not the value', (rule) => {
    const error = (() => {
      try {
        return of({ 'eakte:wert': rule });
      } catch (reason) {
        return reason;
      }
    })();
    if (!isHubError(error, 'HUB_DMS_CMIS_VALUE')) throw new Error('is taken', { cause: error });
    expect(error.message).toContain('eakte:wert');
    expect(error.message).not.toMatch(/Waldi|12,50|90071|DACKEL/);
  });
});

describe('a numbered name', () => {
  test('keeps number and ending within its length', () => {
    const name = numberedName('ü'.repeat(300), '.pdf', { count: 12, maxBytes: 255 });
    expect(name).toMatch(/^ü+ \(12\)\.pdf$/);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(name)).toBeGreaterThan(252);
  });

  test('is never empty', () => {
    expect(numberedName(' .. ', '', { count: 1, maxBytes: 255 })).toBe('_');
    expect(numberedName('', '.pdf', { count: 2, maxBytes: 255 })).toBe('_ (2).pdf');
  });
});
