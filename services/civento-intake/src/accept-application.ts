import type { Readable } from 'node:stream';
import { type Application, type ApplicationReader, contentHash, toEnvelope } from '@ozg-hub/civento';
import { type TraceContext, formatTraceparent, newId } from '@ozg-hub/core';
import type { Directory, Resolved } from '@ozg-hub/directory';
import { type Principal, requireTenant } from '@ozg-hub/runtime';
import { type Envelope, envelope as envelopeSchema } from '@ozg-hub/submission';
import type { SubmissionVault, Vault } from '@ozg-hub/vault';
import type { Acceptance, Acceptances } from './acceptance.ts';
import type { IntakeConfig } from './config.ts';
import { DocumentReceiver, type ReceivedDocument } from './documents.ts';
import { intakeErrors } from './errors.ts';
import { type Part, multipartParts } from './multipart.ts';

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
  readonly directory: Directory;
  readonly vault: Vault;
  readonly config: IntakeConfig;
  readonly now: () => Date;
}

const HEADER_KEY = /^[\x21-\x7e]{1,200}$/;

/** Takes an application in: reads, checks, seals and stores it. */
export class AcceptApplication {
  constructor(private readonly options: AcceptApplicationOptions) {}

  /**
   * Resolves when the application is stored for good, now or before.
   * @throws HUB_INTAKE_…, HUB_APPLICATION_…, HUB_XML_…, HUB_DIRECTORY_…, HUB_KEY_TENANT, HUB_VAULT_FULL, HUB_STORE_…
   */
  async accept(incoming: IncomingApplication): Promise<Acceptance> {
    if (incoming.headerKey !== undefined && !HEADER_KEY.test(incoming.headerKey))
      throw intakeErrors.HUB_INTAKE_KEY_INVALID();
    const parts = this.#parts(incoming);
    let vault: SubmissionVault | undefined;
    try {
      const xml = await this.#applicationBytes(await parts.next());
      const { application, canonicalSha256 } = await this.options.reader.read(incoming.source, xml);
      const resolved = this.options.directory.current().resolve(application);
      requireTenant(incoming.caller, resolved.tenant.slug);
      if (!application.vorgang && !incoming.headerKey) throw intakeErrors.HUB_INTAKE_KEY_REQUIRED();
      const submissionId = newId(this.options.now());
      vault = await this.options.vault.newSubmission(resolved.tenant.slug, submissionId);
      const receiver = new DocumentReceiver(vault, application.anlagen, this.options.config.HUB_INTAKE_MAX_FILE_MIB);
      await receiver.receiveInline();
      for await (const part of parts) await receiver.receive(part);
      const documents = receiver.complete();
      return await this.#store(incoming, { application, canonicalSha256, resolved, submissionId, vault, documents });
    } catch (error) {
      // Once handed over to the acceptances, files are theirs.
      if (!vault?.handedOver) await vault?.discard();
      throw error;
    } finally {
      await parts.return(undefined);
    }
  }

  #parts({ contentType, body }: IncomingApplication): AsyncGenerator<Part> {
    const { config } = this.options;
    const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
    if (type === 'multipart/form-data') {
      return multipartParts(body, contentType, {
        parts: config.HUB_INTAKE_MAX_FILES + 1,
        totalBytes: config.HUB_INTAKE_MAX_TOTAL_MIB,
      });
    }
    if (type !== 'application/xml' && type !== 'text/xml') throw intakeErrors.HUB_INTAKE_MEDIA_TYPE();
    return (async function* () {
      yield { name: 'application', fileName: undefined, content: body };
    })();
  }

  async #applicationBytes(first: IteratorResult<Part, unknown>): Promise<Buffer> {
    if (first.done || first.value.name !== 'application') throw intakeErrors.HUB_INTAKE_APPLICATION_FIRST();
    const most = this.options.config.HUB_INTAKE_MAX_APPLICATION_MIB;
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of first.value.content as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > most)
          throw intakeErrors.HUB_INTAKE_TOO_LARGE({ detail: 'The application XML is larger than allowed.' });
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
        throw intakeErrors.HUB_INTAKE_ABORTED({ cause: error });
      throw error;
    }
    return Buffer.concat(chunks, size);
  }

  async #store(
    incoming: IncomingApplication,
    checked: {
      application: Application;
      canonicalSha256: string;
      resolved: Resolved;
      submissionId: string;
      vault: SubmissionVault;
      documents: readonly ReceivedDocument[];
    },
  ): Promise<Acceptance> {
    const { application, resolved, submissionId, vault, documents } = checked;
    const acceptedAt = this.options.now();
    const contents: Envelope = envelopeSchema.parse(
      toEnvelope(application, {
        submissionId,
        tenant: resolved.tenant.slug,
        leistung: resolved.leistung,
        blueprint: resolved.blueprint.ref,
        directoryVersion: resolved.directoryVersion,
        source: incoming.source,
        acceptedAt,
        documents,
      }),
    );
    const sealed = await vault.seal(Buffer.from(JSON.stringify(contents)), {
      kind: 'envelope',
      mediaType: 'application/json',
    });
    await this.options.vault.synced(vault);
    vault.handedOver = true;
    return this.options.acceptances.store({
      vault,
      documents,
      trace: incoming.trace,
      submission: {
        id: submissionId,
        tenant: resolved.tenant.slug,
        leistung: resolved.leistung,
        blueprint: resolved.blueprint.ref,
        directoryVersion: resolved.directoryVersion,
        source: incoming.source,
        organisationseinheit: application.organisationseinheit,
        prozessschluessel: application.prozessschluessel,
        vorgang: application.vorgang,
        hauptvorgang: application.hauptvorgang,
        art: application.art,
        laufendeNummer: application.laufendeNummer,
        headerKey: incoming.headerKey,
        contentHash: contentHash(checked.canonicalSha256, documents),
        envelopeRef: sealed.objectId,
        expects: resolved.expects,
        traceparent: formatTraceparent(incoming.trace),
        keyId: incoming.caller.keyId,
        acceptedAt,
        retainUntil: resolved.retainUntil(acceptedAt),
      },
    });
  }
}
