import { samplePdf, samplePng } from '@ozg-hub/testing';
import { wanderverein } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const title = 'Verwendung des kommunalen Wappens';
const spec: DemoApplication['spec'] = {
  vorgang: 'MUS-2026-000482',
  submittedAt: '2026-08-21T09:15:00+02:00',
  organisationseinheit: '00.00.MUS.01000003',
  prozessschluessel: 'WappenVerwendung',
  leika: '99999003001000',
  applicant: wanderverein,
  fachdaten: [
    group('Verwendung', 'Beabsichtigte Verwendung', [
      field.string('Zweck', 'Zweck', 'Festschrift „140 Jahre Wandern“'),
      field.choice('Art', 'Art der Verwendung', 'D', 'Druckerzeugnis'),
      field.integer('Auflage', 'Auflage', 500),
      field.boolean('Gewerblich', 'Gewerbliche Nutzung?', false),
      field.date('Von', 'Von', '2027-01-01'),
      field.date('Bis', 'Bis', '2027-12-31'),
      field.string(
        'Beschreibung',
        'Beschreibung',
        'Das Wappen erscheint auf der Titelseite.\nEs bleibt in Form und Farbe unverändert.',
      ),
      field.files('Entwuerfe', 'Entwürfe', ['entwurf', 'satzung']),
    ]),
  ],
  identity: { source: 'MUK', attributes: { elsterkonto: 'demo-muk-0002' } },
  replyChannel: { kind: 'MUK', address: 'demo-muk-0002' },
};

export const wappen: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'musterstadt', leistung: '99999003001000', dms: 'musterstadt', receipt: true },
  files: async () => [
    await antragsdokument(title, spec),
    {
      part: 'entwurf',
      role: 'Anlage',
      fileName: 'Entwurf Titelseite (größer).png',
      title: 'Entwurf',
      mediaType: 'image/png',
      content: samplePng(600, 800),
    },
    {
      part: 'satzung',
      role: 'Anlage',
      fileName: 'Satzung §§ 1–12.pdf',
      title: 'Satzung des Vereins',
      mediaType: 'application/pdf',
      content: await samplePdf('Satzung', ['§ 1 Name und Sitz', '§ 2 Zweck: Wandern und Heimatpflege']),
    },
  ],
};
