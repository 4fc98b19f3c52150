import type { Blueprint } from '@ozg-hub/directory';
import type { Envelope, SubmissionDocument } from '@ozg-hub/submission';
import type { z } from 'zod';
import { type XdomeaSettings, xdomeaSettings } from './xdomea/xdomea-settings.ts';

const uuid = (number: number) => `0198c0de-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** For tests: a document of the role and name given. */
export function sampleDocument(
  number: number,
  fileName: string,
  more: Partial<SubmissionDocument> = {},
): SubmissionDocument {
  return {
    ref: uuid(number),
    role: 'Anlage',
    part: `datei-${number}`,
    fileName,
    mediaType: 'application/pdf',
    size: 1_000 + number,
    sha256: 'ab'.repeat(32),
    scan: 'NOT_SCANNED',
    ...more,
  };
}

/** For tests: an application with a main document, two Anlagen of one name and Fachdaten of every type. */
export function sampleEnvelope(changes: Partial<Envelope> = {}): Envelope {
  return {
    envelopeVersion: 1,
    submissionId: uuid(1),
    tenant: 'musterstadt',
    leistung: '99999002101000',
    blueprint: 'hund-anmelden@2',
    directoryVersion: 'sha256-test',
    source: 'civento',
    vorgang: 'CIV-2026-000123',
    prozessschluessel: 'AnmeldungHund',
    organisationseinheit: '00.00.MUS.01000002',
    art: 'ERSTANTRAG',
    laufendeNummer: 1,
    submittedAt: '2026-08-21T23:30:00+02:00',
    acceptedAt: '2026-08-21T21:31:00.000Z',
    applicant: {
      kind: 'natuerlich',
      anrede: 'Frau',
      titel: 'Dr.',
      vornamen: 'Änne',
      familienname: 'Größ',
      geburtsdatum: '1980-02-29',
      email: 'aenne@example.org',
      telefon: '+49 6999 1234',
      anschrift: {
        strasse: 'Musterweg',
        hausnummer: '1',
        hausnummernzusatz: 'a',
        postleitzahl: '00001',
        ort: 'Musterstadt',
      },
    },
    fachdaten: [
      {
        name: 'Hund',
        label: 'Angaben zum Hund',
        fields: [
          { name: 'Name', type: 'STRING', value: 'Waldi & Söhne <1>' },
          { name: 'Chipnummer', type: 'INTEGER', value: '276098106123456789' },
          { name: 'Kampfhund', type: 'BOOLEAN', value: false },
          { name: 'Geburtstag', type: 'DATE', value: '2024-02-29' },
          { name: 'Rasse', label: 'Rasse des Hundes', type: 'CHOICE', value: 'DACKEL', valueLabel: 'Dackel' },
          { name: 'Nachweise', type: 'ANLAGEN', value: ['datei-3', 'datei-4'] },
          { name: 'Vorbesitzer', type: 'PERSONENDATENSATZ', value: { kind: 'juristisch', name: 'Tierheim e. V.' } },
          {
            name: 'Haltungsort',
            type: 'ADRESSDATENSATZ',
            value: { strasse: 'Hundeweg', hausnummer: '7', postleitzahl: '00001', ort: 'Musterstadt' },
          },
          { name: 'Impfung', type: 'OBJECT', fields: [{ name: 'Datum', type: 'DATE', value: '2026-01-02' }] },
          {
            name: 'Weitere',
            type: 'LIST',
            items: [
              [{ name: 'Name', type: 'STRING', value: 'Bello' }],
              [{ name: 'Name', type: 'STRING', value: 'Hasso' }],
            ],
          },
        ],
      },
      { name: 'Bankverbindung', fields: [{ name: 'IBAN', type: 'STRING', value: 'DE02120300000000202051' }] },
    ],
    documents: [
      sampleDocument(3, 'Nachweis.jpg', { mediaType: 'image/jpeg', title: 'Impfnachweis' }),
      sampleDocument(2, 'Antrag Größ.pdf', { role: 'Antragsdokument', format: 'PDF/A-2b' }),
      sampleDocument(4, 'Nachweis.jpg', { mediaType: 'image/jpeg' }),
    ],
    ...changes,
  };
}

/** For tests: a blueprint with filing rules, those given on top. */
export function sampleBlueprint(rules: Partial<NonNullable<Blueprint['ablage']>> = {}): Blueprint {
  return {
    id: 'hund-anmelden',
    version: 2,
    ref: 'hund-anmelden@2',
    expects: ['dms'],
    name: 'Anmeldung eines Hundes',
    sample: false,
    leika: ['99999002101000'],
    prozessschluessel: ['AnmeldungHund'],
    applicantKinds: ['natuerlich', 'juristisch'],
    replyChannels: [],
    retention: { months: 12 },
    ablage: {
      aktenplaneinheit: '22.14.03',
      betreff: 'Hundesteuer {{applicant}}, Hund „{{fachdaten.Hund.Name}}“',
      betreffMaxLength: 250,
      documentTypes: { Antragsdokument: 'Anmeldung' },
      kontakt: true,
      fachdatenErweiterung: true,
      fachdatenXml: true,
      omit: ['Bankverbindung', 'Hund.Chipnummer'],
      ...rules,
    },
  };
}

/** For tests: settings of a target as its schema gives them. */
export function sampleSettings(settings: Partial<z.input<typeof xdomeaSettings>> = {}): XdomeaSettings {
  return xdomeaSettings.parse({
    handOver: { by: 'directory', inbox: '/nowhere/inbox' },
    sender: { name: 'Stadt Musterstadt', organisationseinheit: 'OZG-Hub', ags: '06999001' },
    receiver: { name: 'Stadt Musterstadt', organisationseinheit: 'eAkte' },
    ...settings,
  });
}
