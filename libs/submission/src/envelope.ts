import { z } from 'zod';
import { fachdatenobjekt } from './fachdaten.ts';
import { identity, verifiedIdentity } from './identity.ts';
import { person } from './person.ts';

/** LeiKa key in its canonical form: 14 digits. */
export const leikaKey = z.string().regex(/^\d{14}$/);

/** Permanent slug of a Kommune; never derived from ARS or AGS, which change. */
export const tenantSlug = z.string().regex(/^[a-z0-9-]{3,40}$/);

export const art = z.enum(['ERSTANTRAG', 'NACHREICHUNG', 'KORREKTUR']);
export type Art = z.infer<typeof art>;

export const documentRole = z.enum(['Antragsdokument', 'Anlage', 'Bescheid', 'Quittung']);
export type DocumentRole = z.infer<typeof documentRole>;

/** A file of the submission. Its bytes lie in the vault under `ref`. */
export const document = z.object({
  ref: z.uuid(),
  role: documentRole,
  /** Name of the multipart part, or of the inline Anlage, that carried it. */
  part: z.string(),
  /** What the citizen or the form calls it. */
  title: z.string().optional(),
  /** File name as sent, NFC. */
  fileName: z.string(),
  /** Media type found in the content, not claimed by the sender. */
  mediaType: z.string(),
  /** Precise format found in the content, e.g. `PDF/A-2b` or `PDF 1.7`. */
  format: z.string().optional(),
  /** Size of the plaintext in bytes. */
  size: z.number().int().nonnegative(),
  /** SHA-256 of the plaintext, lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** NOT_SCANNED until a virus scanner is configured. */
  scan: z.enum(['NOT_SCANNED', 'CLEAN']),
});
export type SubmissionDocument = z.infer<typeof document>;

/** Where the answer goes: kind (e.g. BUNDID, MUK, EMAIL, POST) and address there. */
export const replyChannel = z.object({ kind: z.string(), address: z.string().optional() });

/** A payment made or asked for in the form. Amount in minor units (cents). */
export const payment = z.object({
  reference: z.string(),
  amount: z.number().int().nonnegative(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('EUR'),
  state: z.enum(['OFFEN', 'BEZAHLT', 'ABGEBROCHEN', 'FEHLGESCHLAGEN']),
});

/**
 * The accepted application as one immutable document, stored encrypted in the vault.
 * Services open it by reference; it never travels on the bus.
 */
export const envelope = z.object({
  envelopeVersion: z.literal(1),
  submissionId: z.uuid(),
  tenant: tenantSlug,
  leistung: leikaKey,
  /** `blueprint@version` of the directory snapshot below. */
  blueprint: z.string(),
  directoryVersion: z.string(),
  /** Which system sent it, e.g. `civento`. */
  source: z.string(),
  /** V.Ident, the case id of the source. */
  vorgang: z.string().optional(),
  prozessschluessel: z.string(),
  organisationseinheit: z.string(),
  art,
  laufendeNummer: z.number().int().positive(),
  hauptvorgang: z.string().optional(),
  /** When the citizen sent the form, as the source says. */
  submittedAt: z.iso.datetime({ offset: true }),
  acceptedAt: z.iso.datetime({ offset: true }),
  applicant: person,
  fachdaten: z.array(fachdatenobjekt),
  identity: identity.optional(),
  verifiedIdentity: verifiedIdentity.optional(),
  replyChannel: replyChannel.optional(),
  payment: payment.optional(),
  documents: z.array(document),
});
export type Envelope = z.infer<typeof envelope>;
