import { largePlan, samplePdf } from '@ozg-hub/testing';
import { anneloreFoerster, erikaMustermann, juergenBeispiel } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { field, group } from '../fields.ts';

const MIB = 1024 * 1024;
const title = 'Jagdpachtvertragsanzeige';
const spec: DemoApplication['spec'] = {
  vorgang: 'MUS-2026-000483',
  submittedAt: '2026-08-21T09:41:52+02:00',
  organisationseinheit: '00.00.MUS.01000001',
  // Without LeiKa key, as for Leistungen that have none yet: the process key says which one it is.
  prozessschluessel: 'JagdpachtvertragAnzeige',
  applicant: anneloreFoerster,
  fachdaten: [
    group('Jagdbezirk', 'Jagdbezirk', [
      field.string('Name', 'Name des Jagdbezirks', 'Musterstadt-Süd „Weißer Stein“'),
      field.choice('Art', 'Art des Jagdbezirks', 'G', 'Gemeinschaftlicher Jagdbezirk'),
      field.list('Flurstuecke', 'Flurstücke', [
        flurstueck('Musterstadt', 4, '12/3', 184_250),
        flurstueck('Musterstadt', 4, '12/4', 96_110),
        flurstueck('Großmuster', 11, '7', 310_004),
      ]),
      field.files('Plan', 'Lageplan', ['lageplan']),
    ]),
    group('Pachtvertrag', 'Pachtvertrag', [
      field.date('Beginn', 'Beginn', '2027-04-01'),
      field.date('Ende', 'Ende', '2036-03-31'),
      field.integer('Pachtzins', 'Pachtzins im Jahr (€)', 2400),
      field.boolean('Verlaengerung', 'Verlängerung eines bestehenden Vertrags?', false),
      field.list('Mitpaechter', 'Mitpächterinnen und Mitpächter', [
        [
          field.person('Person', 'Person', juergenBeispiel),
          field.object('Jagdschein', 'Jagdschein', [
            field.string('Nummer', 'Nummer', 'JS-0815/2024'),
            field.date('GueltigBis', 'Gültig bis', '2027-03-31'),
          ]),
        ],
        [
          field.person('Person', 'Person', erikaMustermann),
          field.object('Jagdschein', 'Jagdschein', [
            field.string('Nummer', 'Nummer', 'JS-0816/2025'),
            field.date('GueltigBis', 'Gültig bis', '2028-03-31'),
          ]),
        ],
      ]),
      field.files('Vertrag', 'Vertrag', ['vertrag']),
    ]),
  ],
  identity: { source: 'BundID', vertrauensniveau: 'substanziell', attributes: { bpk2: 'demo-bpk2-0003' } },
  replyChannel: { kind: 'BUNDID', address: 'demo-postfach-0003' },
};

function flurstueck(gemarkung: string, flur: number, nummer: string, flaeche: number) {
  return [
    field.string('Gemarkung', 'Gemarkung', gemarkung),
    field.integer('Flur', 'Flur', flur),
    field.string('Flurstueck', 'Flurstück', nummer),
    field.integer('Flaeche', 'Fläche (m²)', flaeche),
  ];
}

export const jagdpachtvertrag: DemoApplication = {
  title,
  spec,
  arrives: { tenant: 'musterstadt', leistung: '99999004011000', dms: 'musterstadt', receipt: true },
  files: async () => [
    await antragsdokument(title, spec),
    {
      part: 'vertrag',
      role: 'Anlage',
      fileName: 'Jagdpachtvertrag „Weißer Stein“.pdf',
      title: 'Jagdpachtvertrag',
      mediaType: 'application/pdf',
      content: await samplePdf('Jagdpachtvertrag', ['§ 1 Pachtgegenstand', '§ 2 Pachtzeit: 9 Jahre', '§ 3 Pachtzins']),
    },
    {
      part: 'lageplan',
      role: 'Anlage',
      fileName: 'Lageplan Jagdbezirk Süd, 1:2500.pdf',
      title: 'Lageplan',
      mediaType: 'application/pdf',
      content: largePlan(40 * MIB).open,
    },
  ],
};
