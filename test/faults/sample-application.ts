import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type ApplicationFile, type ApplicationRequest, applicationRequest, samplePng } from '@ozg-hub/testing';
import type { SentFile } from './client-journal.ts';
import type { Random } from './random.ts';

/** A municipality of the demo directory, as clients and its DMS see it. */
export interface Municipality {
  /** Slug of the tenant, and name of its DMS. */
  readonly name: string;
  readonly organisationseinheit: string;
  /** When its DMS answers. An answer proves a hand-over; without one the hub has to find out what it handed over. */
  readonly answers: 'at once' | 'after all kills';
  /** Parameter of a 0630 in which the directory expects the Aktenzeichen. */
  readonly aktenzeichen: string;
}

export const municipalities: readonly Municipality[] = [
  {
    name: 'musterstadt',
    organisationseinheit: '00.00.MUS.01000004',
    aktenzeichen: 'Kennzeichen',
    answers: 'after all kills',
  },
  {
    name: 'neudorf-am-muster',
    organisationseinheit: '00.00.NEU.03000001',
    aktenzeichen: 'Aktenzeichen',
    answers: 'at once',
  },
];

/** An application ready to be sent, any number of times, always the same bytes. */
export interface SampleApplication {
  readonly key: string;
  readonly dms: string;
  readonly marker: string;
  readonly files: readonly SentFile[];
  /** Key of the application whose case it supplements. */
  readonly supplements?: string;
  /** Its DMS answers at once, so that what supplements it can be filed. */
  readonly answeredAtOnce: boolean;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Where an organisation unit is named that no municipality has: the hub has to refuse it. */
const NOWHERE = '00.00.XXX.09000009';

const PROCESS = 'WasserzwischenzaehlerEinbau';
const APPLICANT = { kind: 'natuerlich', vornamen: 'Käthe', familienname: 'Größe-Weiß' } as const;

/** Builds the application of this key; size, number and content of its files follow from the random numbers. */
export async function sampleApplication(key: string, random: Random, valid: boolean): Promise<SampleApplication> {
  const municipality = random.pick(municipalities);
  const marker = `Z-${random.bytes(8).toString('hex')}`;
  const contents = filesOf(random);
  const unit = valid ? municipality.organisationseinheit : NOWHERE;
  const request = await applicationRequest(specOf(key, unit, marker), contents);
  const { name: dms } = municipality;
  return await ready(request, { key, dms, marker, answeredAtOnce: isAnswered(municipality) }, contents);
}

/** An application as small as they come, to a municipality of its choice. */
export async function smallApplication(key: string, name: string, random: Random): Promise<SampleApplication> {
  const municipality = municipalities.find((one) => one.name === name)!;
  const marker = `Z-${random.bytes(8).toString('hex')}`;
  const contents = [file('antrag', 'Antragsdokument', 'Antrag.pdf', pdf(random, 1))];
  const request = await applicationRequest(specOf(key, municipality.organisationseinheit, marker), contents);
  return await ready(request, { key, dms: name, marker, answeredAtOnce: isAnswered(municipality) }, contents);
}

/** A document handed in later for the case of an application. */
export async function sampleSupplement(
  key: string,
  to: Pick<SampleApplication, 'key' | 'dms'>,
  random: Random,
): Promise<SampleApplication> {
  const municipality = municipalities.find(({ name }) => name === to.dms)!;
  const contents = [file('nachweis', 'Anlage', 'Nachweis.pdf', pdf(random, random.between(1, 100)))];
  const request = await applicationRequest(
    {
      vorgang: key,
      hauptvorgang: to.key,
      art: 'NACHREICHUNG',
      organisationseinheit: municipality.organisationseinheit,
      prozessschluessel: PROCESS,
      applicant: APPLICANT,
    },
    contents,
  );
  // It has no Fachdaten: what identifies it is its file.
  const known = { key, dms: to.dms, marker: '', supplements: to.key, answeredAtOnce: isAnswered(municipality) };
  return await ready(request, known, contents);
}

function specOf(key: string, organisationseinheit: string, marker: string) {
  const fields = [{ name: 'Zaehlernummer', type: 'STRING' as const, value: marker }];
  return {
    vorgang: key,
    organisationseinheit,
    prozessschluessel: PROCESS,
    applicant: APPLICANT,
    fachdaten: [{ name: 'Zaehler', fields }],
  };
}

const isAnswered = ({ answers }: Municipality) => answers === 'at once';

async function ready(
  request: ApplicationRequest,
  known: Omit<SampleApplication, 'files' | 'contentType' | 'body'>,
  contents: readonly (ApplicationFile & { content: Buffer })[],
): Promise<SampleApplication> {
  const { contentType, body } = request.body();
  const files = contents.map(({ fileName, content }) => ({
    name: fileName,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  return { ...known, files, contentType, body: await buffer(body) };
}

/** A small file lies in the database, one above 64 KiB is a file of its own: both kinds are sent. */
function filesOf(random: Random): (ApplicationFile & { content: Buffer })[] {
  const files = [file('antrag', 'Antragsdokument', 'Antrag.pdf', pdf(random, random.between(1, 40)))];
  if (random.chance(0.4)) {
    files.push(file('plan', 'Anlage', 'Lageplan Süd.pdf', pdf(random, random.between(70, 300))));
  }
  if (random.chance(0.2)) files.push(file('foto', 'Anlage', 'Zähler „Küche“.png', samplePng(40, 30)));
  // Two files of one name are two files.
  if (random.chance(0.2)) files.push(file('plan2', 'Anlage', 'Lageplan Süd.pdf', pdf(random, 2)));
  return files;
}

function file(part: string, role: ApplicationFile['role'], fileName: string, content: Buffer) {
  const mediaType = fileName.endsWith('.png') ? 'image/png' : 'application/pdf';
  return { part, role, fileName, mediaType, content };
}

function pdf(random: Random, kilobytes: number): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), random.bytes(kilobytes * 1024)]);
}
