import { describe, expect, test } from '@jest/globals';
import { type Envelope, envelope } from '@ozg-hub/submission';
import { renderBetreff, templatePaths, templateProblems } from './betreff.ts';
import { withoutOmitted } from './omit.ts';

const application: Envelope = envelope.parse({
  envelopeVersion: 1,
  submissionId: '0198c1f0-0000-7000-8000-000000000001',
  tenant: 'musterstadt',
  leistung: '99999002101000',
  blueprint: 'hund-anmelden@1',
  directoryVersion: 'sha256-test',
  source: 'civento',
  vorgang: 'CIV-1',
  prozessschluessel: 'AnmeldungHund',
  organisationseinheit: '00.00.MUS.1',
  art: 'ERSTANTRAG',
  laufendeNummer: 1,
  submittedAt: '2026-08-21T10:00:00+02:00',
  acceptedAt: '2026-08-21T10:00:01+02:00',
  applicant: { kind: 'natuerlich', vornamen: 'Jürgen', familienname: 'Groß' },
  fachdaten: [
    {
      name: 'Hund',
      fields: [
        { name: 'Name', type: 'STRING', value: 'Bello\u0000\n{{applicant}}' },
        { name: 'Geboren', type: 'DATE', value: '2025-02-03' },
        { name: 'Gefaehrlich', type: 'BOOLEAN', value: false },
        { name: 'Rasse', type: 'CHOICE', value: 'DA', valueLabel: 'Dackel' },
        { name: 'Lang', type: 'STRING', value: 'ä'.repeat(500) },
        { name: 'Leer', type: 'STRING', value: ' ' },
        {
          name: 'Halter',
          type: 'OBJECT',
          fields: [
            { name: 'Ort', type: 'ADRESSDATENSATZ', value: { strasse: 'Am Weg', hausnummer: '3', ort: 'Neudorf' } },
          ],
        },
        {
          name: 'Impfungen',
          type: 'LIST',
          items: [
            [{ name: 'Art', type: 'STRING', value: 'Tollwut' }],
            [{ name: 'Art', type: 'STRING', value: 'Staupe' }],
          ],
        },
      ],
    },
    { name: 'Bank', fields: [{ name: 'IBAN', type: 'STRING', value: 'DE00' }] },
  ],
  documents: [],
});

const render = (template: string, options: { maxLength?: number; omit?: string[] } = {}) =>
  renderBetreff(template, application, { leistung: 'Hundesteuer', ...options });

describe('renderBetreff', () => {
  test.each([
    ['{{leistung}} {{applicant}}, {{vorgang}}', 'Hundesteuer Groß, Jürgen, CIV-1'],
    ['{{submittedAt}} {{fachdaten.Hund.Geboren}}', '21.08.2026 03.02.2025'],
    ['{{submittedAt.year}}-{{submittedAt.month}}-{{submittedAt.day}} {{submittedAt.date}}', '2026-08-21 2026-08-21'],
    ['{{tenant}} {{submissionId}}', 'musterstadt 0198c1f0-0000-7000-8000-000000000001'],
    ['{{fachdaten.Hund.Rasse}} {{fachdaten.Hund.Gefaehrlich}}', 'Dackel nein'],
    ['{{fachdaten.Hund.Halter.Ort}}', 'Am Weg 3, Neudorf'],
    ['{{fachdaten.Hund.Impfungen.Art}}', 'Tollwut u. a.'],
    ['[{{fachdaten.Hund.Leer|ohne}}] [{{fachdaten.Katze.Name}}] [{{ hauptvorgang | neu }}]', '[ohne] [] [neu]'],
  ])('renders %s', (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  test('a value is text: no control characters, no placeholders of its own', () => {
    expect(render('„{{fachdaten.Hund.Name}}“')).toBe('„Bello {{applicant}}“');
  });

  test('a long value is cut, and the whole at its limit, between characters', () => {
    expect([...render('{{fachdaten.Hund.Lang}}!')]).toHaveLength(121);
    expect(render('Hundesteuer {{applicant}}', { maxLength: 14 })).toBe('Hundesteuer G…');
    expect([...render('😀'.repeat(60), { maxLength: 50 })]).toHaveLength(50);
  });

  test('shows nothing that is omitted', () => {
    expect(render('{{fachdaten.Bank.IBAN|-}}', { omit: ['Bank'] })).toBe('-');
  });

  test('an unknown placeholder or a lone brace is a problem of the template', () => {
    expect(templateProblems('{{applicant}} {{fachdaten.Hund.Name|ohne}}')).toEqual([]);
    expect(templateProblems('{{constructor}} {{fachdaten.Hund}}')).toHaveLength(2);
    expect(templateProblems('Hund {{applicant')).toEqual(['a {{ or }} without its counterpart']);
    expect(templatePaths('{{applicant}} {{fachdaten.Hund.Name|ohne}}')).toEqual(['Hund.Name']);
  });
});

describe('withoutOmitted', () => {
  test('keeps back objects, fields, and fields inside objects and lists, and leaves the rest as it is', () => {
    const kept = withoutOmitted(application.fachdaten, ['Bank', 'Hund.Halter.Ort', 'Hund.Impfungen.Art', 'Hund.Nam']);
    expect(kept.map(({ name }) => name)).toEqual(['Hund']);
    expect(kept[0]!.fields.map(({ name }) => name)).toEqual([
      'Name',
      'Geboren',
      'Gefaehrlich',
      'Rasse',
      'Lang',
      'Leer',
    ]);
    expect(application.fachdaten).toHaveLength(2);
  });
});
