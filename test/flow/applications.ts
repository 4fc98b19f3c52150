import { type ApplicationFile, type ApplicationSpec, applicationRequest, samplePdf } from '@ozg-hub/testing';

/** Stands in every value that a citizen or a form gives; nothing that is said outside may contain it. */
export const MARKER = 'Zwölfender';

/** An application that is in order: Anmeldung eines Hundes in Musterstadt. */
export function dog(spec: Partial<ApplicationSpec> = {}): ApplicationSpec {
  return {
    organisationseinheit: '00.00.MUS.01000002',
    prozessschluessel: 'AnmeldungHund',
    applicant: { kind: 'natuerlich', vornamen: `Erika ${MARKER}`, familienname: MARKER },
    fachdaten: [{ name: 'Hund', fields: [{ name: 'Name', type: 'STRING', value: `Bello ${MARKER}` }] }],
    ...spec,
  };
}

export function file(part: string, content: ApplicationFile['content'], role: ApplicationFile['role'] = 'Anlage') {
  return { part, role, fileName: `${MARKER} ${part}.pdf`, mediaType: 'application/pdf', content };
}

const antrag = samplePdf(MARKER, [MARKER]);

export const antragsdokument = async () => file('antrag', await antrag, 'Antragsdokument');

/** A good request: the application and its Antragsdokument. */
export const goodRequest = async (vorgang: string, spec: Partial<ApplicationSpec> = {}) =>
  applicationRequest(dog({ vorgang, ...spec }), [await antragsdokument()]);
