import { samplePdf } from '@ozg-hub/testing';
import { oezkanMuester } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { hund } from './hund.ts';
import { wasserzwischenzaehler } from './wasserzwischenzaehler.ts';

const UNIT = '00.00.MFE.05000001';
const applicant: DemoApplication['spec']['applicant'] = {
  ...oezkanMuester,
  anschrift: { strasse: 'Mühlgasse', hausnummer: '11', postleitzahl: '00005', ort: 'Mühlfelden', land: 'DE' },
};

/** The same Leistungen as elsewhere, in a municipality whose DMS is filled by CMIS. */
const arrives = { tenant: 'muehlfelden', dms: 'muehlfelden', receipt: false, byCmis: true };

const hundSpec: DemoApplication['spec'] = {
  ...hund.spec,
  vorgang: 'MFE-2026-000017',
  submittedAt: '2026-08-21T11:02:09+02:00',
  organisationseinheit: UNIT,
  applicant,
};

export const hundMuehlfelden: DemoApplication = {
  title: hund.title,
  spec: hundSpec,
  arrives: { ...arrives, leistung: hund.arrives.leistung },
  files: async () => {
    const [, ...others] = await hund.files();
    return [await antragsdokument(hund.title, hundSpec, ['Bankverbindung']), ...others];
  },
};

const { identity: _bundId, ...zaehler } = wasserzwischenzaehler.spec;
const zaehlerSpec: DemoApplication['spec'] = {
  ...zaehler,
  vorgang: 'MFE-2026-000018',
  submittedAt: '2026-08-21T11:40:55+02:00',
  organisationseinheit: UNIT,
  applicant,
};

export const zaehlerMuehlfelden: DemoApplication = {
  title: wasserzwischenzaehler.title,
  spec: zaehlerSpec,
  arrives: { ...arrives, leistung: wasserzwischenzaehler.arrives.leistung },
  files: async () => [
    await antragsdokument(wasserzwischenzaehler.title, zaehlerSpec),
    ...(await wasserzwischenzaehler.files()).slice(1, 2),
    {
      part: 'rechnung',
      role: 'Anlage',
      fileName: 'Rechnung: Einbau "Zähler" <2026>.pdf',
      title: 'Rechnung',
      mediaType: 'application/pdf',
      content: await samplePdf('Rechnung 2026-204', ['Wasserzwischenzähler', '171,00 €']),
    },
  ],
};
