import { type ApplicationFile, sampleJpeg, samplePdf, samplePng } from '@ozg-hub/testing';
import { oezkanMuester } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const title = 'Bewohnerparkausweis';
const spec: DemoApplication['spec'] = {
  vorgang: 'MUS-2026-000484',
  submittedAt: '2026-08-21T10:03:09+02:00',
  organisationseinheit: '00.00.MUS.01000001',
  prozessschluessel: 'Bewohnerparkausweis',
  leika: '99.999.005.012.000',
  applicant: oezkanMuester,
  fachdaten: [
    group('Fahrzeug', 'Fahrzeug', [
      field.string('Kennzeichen', 'Amtliches Kennzeichen', 'MUS-ÖM 44E'),
      field.string('Hersteller', 'Hersteller und Modell', 'Škoda Enyaq'),
      field.boolean('EigenesFahrzeug', 'Sind Sie Halterin oder Halter?', false),
      field.choice('Zone', 'Parkzone', 'S3', 'Südstadt 3'),
      field.date('GueltigAb', 'Gültig ab', '2026-09-01'),
      field.files('Nachweise', 'Fahrzeugschein', ['fahrzeugschein-vorn', 'fahrzeugschein-hinten', 'ueberlassung']),
    ]),
    group('Ausweis', 'Ausweis', [
      field.string('Ausweisnummer', 'Nummer des Aufenthaltstitels', 'L0815X471'),
      field.date('GueltigBis', 'Gültig bis', '2031-05-16'),
    ]),
  ],
  identity: { source: 'BundID', vertrauensniveau: 'basis', attributes: { bpk2: 'demo-bpk2-0004' } },
  replyChannel: { kind: 'EMAIL', address: 'oezkan.muester@example.org' },
};

const scan = (part: string, fileName: string, mediaType: string, content: Uint8Array): ApplicationFile => ({
  part,
  role: 'Anlage',
  fileName,
  title: 'Zulassungsbescheinigung Teil I',
  mediaType,
  content,
});

export const bewohnerparkausweis: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'musterstadt', leistung: '99999005012000', dms: 'musterstadt', receipt: true, fee: true },
  files: async () => [
    await antragsdokument(title, spec, ['Ausweis.Ausweisnummer']),
    // Front and back under the same name, as telephones call them.
    scan('fahrzeugschein-vorn', 'Foto.jpg', 'image/jpeg', sampleJpeg(800, 600)),
    scan('fahrzeugschein-hinten', 'Foto.jpg', 'image/jpeg', sampleJpeg(600, 800)),
    scan('grundriss', 'Stellplatz vor dem Haus.png', 'image/png', samplePng(200, 300)),
    {
      part: 'ueberlassung',
      role: 'Anlage',
      fileName: 'Überlassungserklärung.pdf',
      title: 'Überlassungserklärung',
      mediaType: 'application/pdf',
      content: await samplePdf('Überlassungserklärung', ['Ich überlasse mein Fahrzeug zur dauerhaften Nutzung.']),
    },
  ],
};
