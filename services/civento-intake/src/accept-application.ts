import type { Readable } from 'node:stream';
import { civentoErrors, contentHash, toEnvelope } from '@ozg-hub/civento';
import { type TraceContext, formatTraceparent, isHubError, newId } from '@ozg-hub/core';
import type { Resolved } from '@ozg-hub/directory';
import { PROOF_MAX_LENGTH, type VerifiedProof, identityErrors } from '@ozg-hub/identity';
import { type Principal, requireTenant } from '@ozg-hub/runtime';
import {
  type Envelope,
  type SubmissionDocument,
  type VerifiedIdentity,
  envelope as envelopeSchema,
} from '@ozg-hub/submission';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import type { Acceptance, Acceptances, Candidate } from './acceptance.ts';
import { type ApplicantCheck, withoutProof } from './applicant-check.ts';
import type { IntakeConfig } from './config.ts';
import type { ApplicationReader, ReadApplication } from './application-reader.ts';
import { DocumentReceiver } from './documents.ts';
import { intakeErrors } from './errors.ts';
import { KeptUntil } from './kept-until.ts';
import { type Holding, MemoryBudget } from './memory-budget.ts';
import { type Part, multipartParts } from './multipart.ts';
import { requestBody } from './request-body.ts';

/** A request as it came in, nothing of it read yet but the headers. */
export interface IncomingApplication {
  readonly contentType: string;
  readonly body: Readable;
  /** Which source's profile maps the XML; `civento` unless the request says otherwise. */
  readonly source: string;
  readonly headerKey: string | undefined;
  readonly caller: Principal;
  readonly trace: TraceContext;
}

export interface AcceptApplicationOptions {
  readonly acceptances: Acceptances;
  readonly reader: ApplicationReader;
  readonly applicants: ApplicantCheck;
  readonly vault: Vault;
  readonly config: IntakeConfig;
  readonly now: () => Date;
}

type CheckedApplication = ReadApplication & { readonly resolved: Resolved; readonly directoryVersion: string };

const PROOF_PART = 'identity-proof';

const MINUTE_MS = 60_000;
/** Without a reason of its own an abort would make an error with a stack. */
const OVER = 'the request is over';
const HEADER_KEY = /^[\x21-\x7e]{1,200}$/;

/** Takes an application in: reads, checks, seals and stores it. */
export class AcceptApplication {
  readonly #memory: MemoryBudget;
  readonly #keptUntil = new KeptUntil();

  constructor(private readonly options: AcceptApplicationOptions) {
    this.#memory = new MemoryBudget(options.config.HUB_INTAKE_MEMORY_MIB);
  }

  /**
   * Resolves when the application is stored for good, now or before.
   * @throws HUB_INTAKE_…, HUB_APPLICATION_…, HUB_IDENTITY_PROOF_…, HUB_XML_…, HUB_DIRECTORY_…, HUB_KEY_TENANT, HUB_VAULT_FULL, HUB_STORE_…
   */
  async accept(incoming: IncomingApplication): Promise<Acceptance> {
    const { headerKey } = incoming;
    if (headerKey !== undefined && !HEADER_KEY.test(headerKey)) throw intakeErrors.HUB_INTAKE_KEY_INVALID();
    const memory = this.#memory.hold();
    const reading = new AbortController();
    const late = () => reading.abort(intakeErrors.HUB_INTAKE_TOO_SLOW());
    const timer = setTimeout(late, this.options.config.HUB_INTAKE_REQUEST_MINUTES * MINUTE_MS);
    try {
      const candidate = await this.#receive(incoming, this.#parts(incoming, reading.signal), memory);
      clearTimeout(timer);
      return await this.options.acceptances.store(candidate);
    } finally {
      clearTimeout(timer);
      reading.abort(OVER);
      memory.release();
    }
  }

  /** Reads the request to its end; what it put into the vault is discarded where anything is wrong. */
  async #receive(incoming: IncomingApplication, parts: AsyncIterator<Part>, memory: Holding): Promise<Candidate> {
    let vault: SubmissionVault | undefined;
    try {
      const checked = await this.#check(incoming, await this.#applicationBytes(await parts.next(), memory));
      let part = await parts.next();
      const proofPart = await proofIn(part);
      if (proofPart !== undefined) part = await parts.next();
      const proof = await this.#applicant(incoming, checked, proofPart);
      const { application, resolved } = checked;
      vault = await this.options.vault.newSubmission(resolved.tenant.slug, newId(this.options.now()));
      const { HUB_INTAKE_MAX_FILE_MIB: maxBytes, HUB_INTAKE_MAX_FILES: mostParts } = this.options.config;
      const receiver = new DocumentReceiver({ vault, anlagen: application.anlagen, maxBytes, mostParts, memory });
      await receiver.receiveInline();
      for (; !part.done; part = await parts.next()) await receiver.receive(part.value);
      return await this.#seal(incoming, { ...checked, proof }, vault, receiver.complete());
    } catch (error) {
      await vault?.discard();
      throw error;
    }
  }

  async #check(incoming: IncomingApplication, xml: Buffer): Promise<CheckedApplication> {
    const read = await this.options.reader.read(incoming.source, xml);
    const { snapshot } = read;
    const resolved = snapshot.resolve({ ...read.application, profile: read.profile });
    requireTenant(incoming.caller, resolved.tenant.slug);
    if (!read.application.vorgang && !incoming.headerKey) throw intakeErrors.HUB_INTAKE_KEY_REQUIRED();
    return { ...read, resolved, directoryVersion: snapshot.version };
  }

  /** What is known already needs no proof again: it is answered as it was, also when its proof has expired. */
  async #applicant(
    { source, headerKey }: IncomingApplication,
    { application, resolved }: CheckedApplication,
    proofPart: string | undefined,
  ): Promise<VerifiedProof | undefined> {
    try {
      return await this.options.applicants.check({ application, resolved, proofPart, headerKey });
    } catch (error) {
      const { organisationseinheit, prozessschluessel, vorgang, laufendeNummer } = application;
      const keys = { organisationseinheit, prozessschluessel, vorgang, laufendeNummer };
      const known =
        isHubError(error) &&
        error.status === 422 &&
        (await this.options.acceptances.knows({ ...keys, tenant: resolved.tenant.slug, source, headerKey }));
      if (known) return undefined;
      throw error;
    }
  }

  #parts({ contentType, body }: IncomingApplication, signal: AbortSignal): AsyncIterator<Part> {
    const { HUB_INTAKE_MAX_FILES: files, HUB_INTAKE_MAX_TOTAL_MIB: totalBytes } = this.options.config;
    const bytes = requestBody(body, { totalBytes, signal });
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
    if (type === 'multipart/form-data') return multipartParts(bytes, contentType, files + 2);
    if (type === 'application/xml' || type === 'text/xml') return onePart(bytes);
    throw intakeErrors.HUB_INTAKE_MEDIA_TYPE();
  }

  async #applicationBytes(first: IteratorResult<Part, unknown>, memory: Holding): Promise<Buffer> {
    if (first.done || first.value.name !== 'application') throw intakeErrors.HUB_INTAKE_APPLICATION_FIRST();
    const most = this.options.config.HUB_INTAKE_MAX_APPLICATION_MIB;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of first.value.content) {
      size += chunk.length;
      if (size > most) throw intakeErrors.HUB_INTAKE_TOO_LARGE({ detail: 'The application XML is too large.' });
      memory.add(chunk.length);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }

  async #seal(
    incoming: IncomingApplication,
    { application, canonicalSha256, resolved, directoryVersion, proof }: CheckedApplication & { proof?: VerifiedProof },
    vault: SubmissionVault,
    documents: readonly SubmissionDocument[],
  ): Promise<Candidate> {
    const { submissionId } = vault;
    const acceptedAt = this.options.now();
    const meaning = {
      tenant: resolved.tenant.slug,
      leistung: resolved.leistung,
      blueprint: resolved.blueprint.ref,
      directoryVersion,
      source: incoming.source,
    };
    const context = {
      ...meaning,
      submissionId,
      acceptedAt,
      documents,
      verifiedIdentity: verifiedIdentity(proof, vault),
    };
    const contents = toEnvelope(withoutProof(application), context);
    const bytes = Buffer.from(JSON.stringify(checkedEnvelope(contents)));
    const envelope = vault.seal(bytes, { kind: 'envelope', mediaType: 'application/json' });
    await this.options.vault.synced(vault);
    return {
      vault,
      documents,
      trace: incoming.trace,
      proof,
      submission: {
        ...meaning,
        id: submissionId,
        organisationseinheit: application.organisationseinheit,
        prozessschluessel: application.prozessschluessel,
        vorgang: application.vorgang,
        hauptvorgang: application.hauptvorgang,
        art: application.art,
        laufendeNummer: application.laufendeNummer,
        headerKey: incoming.headerKey,
        proofId: proof?.id,
        contentHash: contentHash(canonicalSha256, documents),
        envelopeRef: envelope.objectId,
        expects: resolved.blueprint.expects,
        traceparent: formatTraceparent(incoming.trace),
        keyId: incoming.caller.keyId,
        acceptedAt,
        retainUntil: this.#keptUntil.day(acceptedAt, resolved.blueprint.retention.months),
      },
    };
  }
}

/** @throws HUB_APPLICATION_INVALID where a profile let something through that an envelope cannot hold */
function checkedEnvelope(contents: Envelope): Envelope {
  const { data, error } = envelopeSchema.safeParse(contents);
  if (data) return data;
  const places = error!.issues.map(({ path }) => ({ field: path.join('.'), message: 'is not a value of this field' }));
  throw civentoErrors.HUB_APPLICATION_INVALID({ places: places.slice(0, 50) });
}

/** The text of the part that may follow the application, read to its bound. */
async function proofIn(part: IteratorResult<Part, unknown>): Promise<string | undefined> {
  if (part.done || part.value.name !== PROOF_PART) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of part.value.content) {
    size += chunk.length;
    if (size > PROOF_MAX_LENGTH) throw identityErrors.HUB_IDENTITY_PROOF_TOO_LONG();
    chunks.push(chunk);
  }
  // A file often ends with a line break.
  return Buffer.concat(chunks, size).toString().trim();
}

/** For the envelope, which all services read; the reply address becomes an object of its own. */
function verifiedIdentity(proof: VerifiedProof | undefined, vault: SubmissionVault): VerifiedIdentity | undefined {
  if (!proof) return undefined;
  const { id, provider, applicant, vertrauensniveau, authenticatedAt, identity } = proof;
  const { subject, attributes, replyAddress } = identity;
  const sealed =
    replyAddress &&
    vault.seal(Buffer.from(JSON.stringify(replyAddress)), { kind: 'other', mediaType: 'application/json' });
  return {
    proofId: id,
    provider,
    applicant,
    vertrauensniveau,
    authenticatedAt: authenticatedAt.toISOString(),
    subject,
    attributes,
    ...(sealed && { replyAddressRef: sealed.objectId }),
  };
}

async function* onePart(content: AsyncIterable<Buffer>): AsyncGenerator<Part, void, undefined> {
  yield { name: 'application', content };
}
