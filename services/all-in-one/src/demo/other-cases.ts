import { type ApplicationRequest, applicationRequest } from '@ozg-hub/testing';
import type { DemoApplication } from './application.ts';
import { hund } from './forms/hund.ts';
import { jagdpachtMuehlfelden } from './forms/signed-in.ts';
import { wappen } from './forms/wappen.ts';
import { wasserzwischenzaehler } from './forms/wasserzwischenzaehler.ts';

/** A request of the demo that makes no new record, and what its sender has to be told. */
export interface OtherCase {
  readonly what: string;
  readonly request: ApplicationRequest;
  /** Goes with the identity proof of this application. */
  readonly proofOf?: DemoApplication;
  readonly status: number;
  /** Of the problem; none where the answer is no error. */
  readonly code?: string;
  /** The id answered has to be that of this application. */
  readonly sameAs?: DemoApplication;
}

/**
 * Sent after the applications: one of them again, one with other content, an invalid one, one for nobody, one without the login that
 * its Leistung demands, one with the login of another application.
 */
export async function otherCases(): Promise<readonly OtherCase[]> {
  const dogFiles = await hund.files();
  const { fachdaten: dogData = [] } = hund.spec;
  const renamed = dogData.map((objekt) => ({
    ...objekt,
    fields: objekt.fields.map((each) =>
      objekt.name === 'Hund' && each.name === 'Name' ? { ...each, value: 'Hübscher Hans' } : each,
    ),
  })) as typeof dogData;
  const secondLease = await applicationRequest(
    { ...jagdpachtMuehlfelden.spec, vorgang: 'MFE-2026-000021' },
    await jagdpachtMuehlfelden.files(),
  );
  return [
    {
      what: `${hund.title}, sent again unchanged (a timeout at the sender)`,
      request: await applicationRequest(hund.spec, dogFiles),
      status: 200,
      sameAs: hund,
    },
    {
      what: `${hund.title}, the same Vorgang with other content`,
      request: await applicationRequest({ ...hund.spec, fachdaten: renamed }, dogFiles),
      status: 409,
      code: 'HUB_INTAKE_CONTENT_DIFFERS',
    },
    {
      what: `${wasserzwischenzaehler.title}, with three mistakes`,
      request: await applicationRequest(
        {
          ...wasserzwischenzaehler.spec,
          vorgang: 'MUS-2026-000999',
          laufendeNummer: 0,
          submittedAt: 'gestern',
          leika: '99.999.001',
        },
        await wasserzwischenzaehler.files(),
      ),
      status: 422,
      code: 'HUB_XML_INVALID',
    },
    {
      what: `${wappen.title}, for a municipality that is not here`,
      request: await applicationRequest(
        { ...wappen.spec, vorgang: 'UNB-2026-000001', organisationseinheit: '00.00.UNB.09000001' },
        await wappen.files(),
      ),
      status: 422,
      code: 'HUB_DIRECTORY_UNKNOWN_UNIT',
    },
    {
      what: `${jagdpachtMuehlfelden.title}, by somebody who did not sign in`,
      request: secondLease,
      status: 422,
      code: 'HUB_INTAKE_IDENTITY_REQUIRED',
    },
    {
      what: `${jagdpachtMuehlfelden.title}, with the identity proof of another application`,
      request: secondLease,
      proofOf: jagdpachtMuehlfelden,
      status: 422,
      code: 'HUB_IDENTITY_PROOF_OTHER_APPLICATION',
    },
  ];
}
