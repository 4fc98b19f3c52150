import { sampleJpeg } from '@ozg-hub/testing';
import { erikaMustermann, juergenBeispiel } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const title = 'Anmeldung eines Hundes';
const spec: DemoApplication['spec'] = {
  vorgang: 'BSP-2026-001207',
  submittedAt: '2026-08-21T08:47:30+02:00',
  organisationseinheit: '00.00.BSP.02000002',
  prozessschluessel: 'AnmeldungHund',
  // As civento writes some of them: dotted, with blanks at the end.
  leika: '99.999.002.101.000  ',
  applicant: juergenBeispiel,
  fachdaten: [
    group('Hund', 'Angaben zum Hund', [
      field.string('Name', 'Rufname', 'Fräulein Süß'),
      field.string('Rasse', 'Rasse oder Kreuzung', 'Großer Münsterländer'),
      field.choice('Geschlecht', 'Geschlecht', 'w', 'Hündin'),
      field.date('Geburtsdatum', 'Wurfdatum', '2025-03-09'),
      field.date('HaltungSeit', 'Im Haushalt seit', '2026-08-01'),
      field.boolean('Listenhund', 'Gehört der Hund einer gelisteten Rasse an?', false),
      field.string('Chipnummer', 'Nummer des Transponders', '276000000000815'),
      field.object('Merkmale', 'Äußere Merkmale', [
        field.string('Farbe', 'Farbe', 'schwarz-weiß'),
        field.integer('Schulterhoehe', 'Schulterhöhe (cm)', 61),
      ]),
    ]),
    group('Haltung', 'Angaben zur Haltung', [
      field.integer('AnzahlHunde', 'Hunde im Haushalt', 2),
      field.person('Vorbesitzer', 'Frühere Halterin oder früherer Halter', erikaMustermann),
      field.files('Nachweise', 'Nachweise', ['impfpass']),
    ]),
    group('Bankverbindung', 'SEPA-Lastschriftmandat', [
      field.string('Kontoinhaber', 'Kontoinhaber', 'Jürgen Beispiel-Groß'),
      field.string('IBAN', 'IBAN', 'DE02 1203 0000 0000 2020 51'),
    ]),
  ],
  replyChannel: { kind: 'POST' },
};

export const hund: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'beispielhausen', leistung: '99999002101000', dms: 'beispielhausen', receipt: true },
  files: async () => [
    await antragsdokument(title, spec, ['Bankverbindung', 'Hund.Chipnummer']),
    {
      part: 'impfpass',
      role: 'Anlage',
      fileName: 'Impfpass Fräulein Süß.jpg',
      title: 'Impfpass',
      mediaType: 'image/jpeg',
      content: sampleJpeg(640, 480),
    },
  ],
};
