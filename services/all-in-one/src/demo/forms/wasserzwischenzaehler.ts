import { samplePdf, samplePng } from '@ozg-hub/testing';
import { erikaMustermann } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const title = 'Einbau eines Wasserzwischenzählers';
const spec: DemoApplication['spec'] = {
  vorgang: 'MUS-2026-000481',
  submittedAt: '2026-08-21T08:02:11+02:00',
  organisationseinheit: '00.00.MUS.01000004',
  prozessschluessel: 'WasserzwischenzaehlerEinbau',
  leika: '99.999.001.060.000',
  applicant: erikaMustermann,
  fachdaten: [
    group('Grundstueck', 'Grundstück', [
      field.address('Lage', 'Lage des Grundstücks', erikaMustermann.anschrift!),
      field.string('Kassenzeichen', 'Kassenzeichen der Abwassergebühr', '81.004711.5'),
      field.boolean('Eigentuemer', 'Sind Sie Eigentümerin oder Eigentümer?', true),
    ]),
    group('Zaehler', 'Zwischenzähler', [
      field.string('Zaehlernummer', 'Zählernummer', '8SEN0112345678'),
      field.choice('Art', 'Art des Zählers', 'G', 'Gartenwasserzähler'),
      field.date('Einbaudatum', 'Eingebaut am', '2026-08-14'),
      field.date('EichungBis', 'Geeicht bis', '2032-12-31'),
      field.integer('Zaehlerstand', 'Zählerstand bei Einbau (m³)', 0),
      field.files('Fotos', 'Foto und Rechnung', ['foto', 'rechnung']),
    ]),
  ],
  identity: { source: 'BundID', vertrauensniveau: 'basis', attributes: { bpk2: 'demo-bpk2-0001' } },
  replyChannel: { kind: 'BUNDID', address: 'demo-postfach-0001' },
};

export const wasserzwischenzaehler: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'musterstadt', leistung: '99999001060000', dms: 'musterstadt', receipt: true },
  files: async () => [
    await antragsdokument(title, spec),
    {
      part: 'foto',
      role: 'Anlage',
      fileName: 'Zähler in der Küche.png',
      title: 'Foto des Zählers',
      mediaType: 'image/png',
      content: samplePng(320, 240),
    },
    {
      part: 'rechnung',
      role: 'Anlage',
      fileName: 'Rechnung Installateur Weiß.pdf',
      title: 'Rechnung',
      mediaType: 'application/pdf',
      content: await samplePdf('Rechnung 2026-117', ['Wasserzwischenzähler, Einbau und Material', '184,50 €']),
    },
  ],
};
