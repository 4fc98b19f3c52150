import type { ErrorPlace } from '@ozg-hub/core';
import type { Art } from '@ozg-hub/submission';
import type { Anlage, Application, ApplicationIdentity, ApplicationPayment } from './application.ts';
import { civentoErrors } from './errors.ts';
import { type ExtractedObject, type ExtractedPerson, personOf, toFachdaten } from './extracted.ts';
import type { MappingProfile } from './profile.ts';

/** What `applicationExtraction` makes of a document. */
interface Extracted {
  readonly organisationseinheit: string;
  readonly prozessschluessel: string;
  readonly leika?: string;
  readonly vorgang?: string;
  readonly art?: Art;
  readonly laufendeNummer?: string;
  readonly hauptvorgang?: string;
  readonly submittedAt?: string;
  readonly applicant: ExtractedPerson;
  readonly fachdaten?: readonly ExtractedObject[];
  readonly anlagen?: readonly ExtractedAnlage[];
  readonly identity?: Omit<ApplicationIdentity, 'attributes'> & {
    attributes?: readonly { name: string; value: string }[];
  };
  readonly replyChannel?: { readonly kind: string; readonly address?: string };
  readonly payment?: Omit<ApplicationPayment, 'currency'>;
}

interface ExtractedAnlage extends Omit<Anlage, 'size' | 'inline'> {
  readonly size?: string;
  readonly inline?: string;
}

const KEY_LENGTH = 128;
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const RESERVED: readonly string[] = ['application', 'identity-proof'];
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/**
 * The application a document states. Formats with a schema have been checked before; the limits here hold for every
 * profile, because keys and part names reach tables and answers.
 * @param value what the pool returned for `applicationExtraction(profile)`
 * @throws HUB_APPLICATION_INVALID, HUB_APPLICATION_PART_TWICE, HUB_APPLICATION_PART_RESERVED,
 *   HUB_APPLICATION_PART_UNKNOWN, HUB_APPLICATION_INLINE_BROKEN
 */
export function toApplication(value: unknown, profile: MappingProfile): Application {
  const extracted = value as Extracted;
  const applicant = personOf(extracted.applicant);
  const places = problems(extracted, profile);
  if (applicant === undefined)
    places.push({ field: 'applicant', message: 'there is neither a natural nor a legal person' });
  if (applicant === undefined || places.length > 0) throw civentoErrors.HUB_APPLICATION_INVALID({ places });
  const anlagen = (extracted.anlagen ?? []).map(anlageOf);
  checkParts(anlagen);
  const parts = new Set(anlagen.map(({ part }) => part));
  const { leika, vorgang, hauptvorgang, submittedAt, identity, replyChannel, payment } = extracted;
  return {
    organisationseinheit: extracted.organisationseinheit,
    prozessschluessel: extracted.prozessschluessel,
    ...(leika !== undefined && { leika }),
    ...(vorgang !== undefined && { vorgang }),
    art: extracted.art ?? 'ERSTANTRAG',
    laufendeNummer: Number(extracted.laufendeNummer ?? 1),
    ...(hauptvorgang !== undefined && { hauptvorgang }),
    ...(submittedAt !== undefined && { submittedAt }),
    applicant,
    fachdaten: toFachdaten(extracted.fachdaten ?? [], parts),
    anlagen,
    ...(identity && { identity: identityOf(identity) }),
    ...(replyChannel && { replyChannel }),
    ...(payment && { payment: { ...payment, currency: 'EUR' as const } }),
  };
}

function problems(extracted: Extracted, profile: MappingProfile): ErrorPlace[] {
  const places: ErrorPlace[] = [];
  for (const field of ['organisationseinheit', 'prozessschluessel', 'leika', 'vorgang', 'hauptvorgang'] as const) {
    if ((extracted[field]?.length ?? 0) > KEY_LENGTH)
      places.push({ field, message: `is longer than ${KEY_LENGTH} characters` });
  }
  const number = Number(extracted.laufendeNummer ?? 1);
  if (number < 1 || number > 999_999) places.push({ field: 'laufendeNummer', message: 'is not between 1 and 999999' });
  for (const [index, anlage] of (extracted.anlagen ?? []).entries()) {
    const place = (field: string, message: string) => places.push({ field: `anlagen[${index + 1}].${field}`, message });
    if (!PART.test(anlage.part))
      place('part', 'is not made of letters, digits, dot, underscore and hyphen, at most 100');
    if (anlage.fileName.length > 255 || /[/\\]/.test(anlage.fileName))
      place('fileName', 'has a path or more than 255 characters');
    if (anlage.size !== undefined && !(Number(anlage.size) > 0)) place('size', 'is not above 0');
    if (anlage.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(anlage.sha256))
      place('sha256', 'is not 64 hexadecimal digits');
  }
  const most = profile.anlagen === undefined ? 0 : 200;
  if ((extracted.anlagen?.length ?? 0) > most) places.push({ field: 'anlagen', message: `are more than ${most}` });
  return places;
}

function anlageOf({ size, sha256, inline, fileName, ...rest }: ExtractedAnlage): Anlage {
  return {
    ...rest,
    fileName: fileName.normalize('NFC'),
    ...(size !== undefined && { size: Number(size) }),
    ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
    ...(inline !== undefined && { inline: decoded(inline, rest.part) }),
  };
}

function decoded(inline: string, part: string): Buffer {
  const text = inline.replace(/\s+/g, '');
  if (isBase64(text)) return Buffer.from(text, 'base64');
  throw civentoErrors.HUB_APPLICATION_INLINE_BROKEN({ places: [{ field: part, message: 'is not Base64' }] });
}

/** Groups of four, the last one padded. A single expression for that overflows the stack at some megabytes. */
function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 && !NOT_BASE64.test(text.slice(0, text.length - padding));
}

function checkParts(anlagen: readonly Anlage[]): void {
  const seen = new Set<string>();
  for (const { part } of anlagen) {
    const places = [{ field: part, message: 'name of an Anlage' }];
    if (RESERVED.includes(part)) throw civentoErrors.HUB_APPLICATION_PART_RESERVED({ places });
    if (seen.has(part)) throw civentoErrors.HUB_APPLICATION_PART_TWICE({ places });
    seen.add(part);
  }
}

function identityOf({ attributes = [], ...rest }: NonNullable<Extracted['identity']>): ApplicationIdentity {
  return { ...rest, attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])) };
}
