import { samplePdf } from '@ozg-hub/testing';
import { baeckerei } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const title = 'Gewerbeanmeldung';
const spec: DemoApplication['spec'] = {
  vorgang: 'BSP-2026-001208',
  submittedAt: '2026-08-21T10:30:44+02:00',
  organisationseinheit: '00.00.BSP.02000001',
  prozessschluessel: 'Gewerbeanmeldung',
  leika: '99.999.006.104.000',
  applicant: baeckerei,
  fachdaten: [
    group('Betrieb', 'Betrieb', [
      field.string('Taetigkeit', 'Angemeldete Tätigkeit', 'Bäckerei und Café'),
      field.choice('Art', 'Art der Niederlassung', 'Z', 'Zweigniederlassung'),
      field.date('Beginn', 'Beginn der Tätigkeit', '2026-10-01'),
      field.integer('BeschaeftigteVollzeit', 'Beschäftigte in Vollzeit', 4),
      field.integer('BeschaeftigteTeilzeit', 'Beschäftigte in Teilzeit', 7),
      field.boolean('Handwerk', 'Wird ein Handwerk ausgeübt?', true),
      field.address('Betriebsstaette', 'Betriebsstätte', {
        strasse: 'Straße der Jugend',
        hausnummer: '21',
        postleitzahl: '00002',
        ort: 'Beispielhausen',
      }),
      field.files('Nachweise', 'Handwerkskarte und Registerauszug', ['handwerkskarte', 'registerauszug']),
    ]),
    group('Vertretung', 'Gesetzliche Vertretung', [
      field.list('Personen', 'Vertretungsberechtigte', [
        [
          field.person('Person', 'Person', baeckerei.vertreter!),
          field.choice('Funktion', 'Funktion', 'GF', 'Geschäftsführung'),
        ],
      ]),
    ]),
  ],
  identity: { source: 'MUK', vertrauensniveau: 'substanziell', attributes: { elsterkonto: 'demo-muk-0005' } },
  replyChannel: { kind: 'MUK', address: 'demo-muk-0005' },
  payment: { reference: 'DEMO-PAY-0005', amount: 2600, currency: 'EUR', state: 'OFFEN' },
};

export const gewerbe: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'beispielhausen', leistung: '99999006104000', dms: 'beispielhausen-gewerbe', receipt: false },
  files: async () => [
    await antragsdokument(title, spec),
    {
      part: 'handwerkskarte',
      role: 'Anlage',
      fileName: 'Handwerkskarte.pdf',
      title: 'Handwerkskarte',
      mediaType: 'application/pdf',
      content: await samplePdf('Handwerkskarte', ['Bäckerhandwerk, Günther Süß']),
    },
    {
      part: 'registerauszug',
      role: 'Anlage',
      fileName: 'Auszug HRB 00815.pdf',
      title: 'Registerauszug',
      mediaType: 'application/pdf',
      content: await samplePdf('Handelsregister B', ['Bäckerei Süß & Söhne GmbH, Beispielhausen']),
    },
  ],
};
