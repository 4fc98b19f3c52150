import type { JuristischePerson } from '@ozg-hub/submission';
import { samplePdf } from '@ozg-hub/testing';
import { erikaMustermann } from '../applicants.ts';
import { type DemoApplication, antragsdokument } from '../application.ts';
import { gewerbe } from './gewerbe.ts';
import { jagdpachtvertrag } from './jagdpachtvertrag.ts';

const UNIT = '00.00.MFE.05000001';
/** Mühlfelden takes no unverified identities in the demo. */
const arrives = { tenant: 'muehlfelden', dms: 'muehlfelden', receipt: false, byCmis: true };

const musterGmbH: JuristischePerson = {
  kind: 'juristisch',
  name: 'Muster GmbH & Co. KG',
  rechtsform: 'GmbH & Co. KG',
  registergericht: 'Amtsgericht Gießen',
  registernummer: 'HRB 12345',
  email: 'kontor@example.org',
  anschrift: { strasse: 'Musterallee', hausnummer: '1', postleitzahl: '00005', ort: 'Mühlfelden', land: 'DE' },
  vertreter: { kind: 'natuerlich', vornamen: 'Erika', familienname: 'Mustermann' },
};

const { identity: _bundId, replyChannel: _mailbox, ...lease } = jagdpachtvertrag.spec;
const leaseSpec: DemoApplication['spec'] = {
  ...lease,
  vorgang: 'MFE-2026-000019',
  submittedAt: '2026-08-21T12:15:03+02:00',
  organisationseinheit: UNIT,
  leika: jagdpachtvertrag.arrives.leistung,
  applicant: erikaMustermann,
  // Two small files, so no plan.
  fachdaten: (lease.fachdaten ?? []).map((objekt) => ({
    ...objekt,
    fields: objekt.fields.filter(({ name }) => name !== 'Plan'),
  })),
};

/** A citizen signs in by BundID: the Leistung demands the level substanziell. */
export const jagdpachtMuehlfelden: DemoApplication = {
  title: jagdpachtvertrag.title,
  spec: leaseSpec,
  arrives: { ...arrives, leistung: jagdpachtvertrag.arrives.leistung },
  signsIn: { who: 'Erika Mustermann', provider: 'bundid', person: 'erika', method: 'Elster' },
  files: async () => [
    await antragsdokument(jagdpachtvertrag.title, leaseSpec),
    {
      part: 'vertrag',
      role: 'Anlage',
      fileName: 'Jagdpachtvertrag.pdf',
      title: 'Jagdpachtvertrag',
      mediaType: 'application/pdf',
      content: await samplePdf('Jagdpachtvertrag', ['§ 1 Pachtgegenstand', '§ 2 Pachtzeit: 9 Jahre']),
    },
  ],
};

const { identity: _account, replyChannel: _muk, ...business } = gewerbe.spec;
const businessSpec: DemoApplication['spec'] = {
  ...business,
  vorgang: 'MFE-2026-000020',
  submittedAt: '2026-08-21T12:31:40+02:00',
  organisationseinheit: UNIT,
  applicant: musterGmbH,
  fachdaten: (business.fachdaten ?? []).filter(({ name }) => name !== 'Vertretung'),
};

/** A company signs in by Mein Unternehmenskonto. */
export const gewerbeMuehlfelden: DemoApplication = {
  title: gewerbe.title,
  spec: businessSpec,
  arrives: { ...arrives, leistung: gewerbe.arrives.leistung },
  signsIn: { who: 'Muster GmbH & Co. KG', provider: 'muk', person: 'muster-gmbh', method: 'Zertifikat' },
  files: async () => [await antragsdokument(gewerbe.title, businessSpec), ...(await gewerbe.files()).slice(1)],
};
