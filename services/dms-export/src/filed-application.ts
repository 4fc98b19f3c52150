import { isHubError } from '@ozg-hub/core';
import type { Delivery } from '@ozg-hub/delivery';
import { type Envelope, type SubmissionDocument, documentRole } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import { acceptedApplication } from './accepted-application.ts';
import { caseErrors } from './cases/errors.ts';
import type { Notice, NoticeDocument } from './cases/notice.repository.ts';

/** What is filed: an application, or a notice in the place of its documents. */
export interface FiledApplication extends Envelope {
  /** Of a notice: when it was made, ISO with offset. Then the Fachdaten name it, and are not filed again. */
  readonly issuedAt?: string | undefined;
}

export interface FiledApplicationsOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly findNotice: (id: string) => Promise<Notice | undefined>;
}

/** What a delivery files. @throws HUB_VAULT_*; of a notice HUB_DMS_ERASED, HUB_DMS_NOTHING_TO_FILE */
export async function filedApplication(
  { vault, findNotice }: FiledApplicationsOptions,
  delivery: Pick<Delivery, 'reference' | 'tenant'>,
): Promise<FiledApplication> {
  const id = delivery.reference['noticeId'];
  if (id === undefined) return await acceptedApplication(vault, delivery);
  const notice = await findNotice(id);
  if (!notice) throw caseErrors.HUB_DMS_NOTHING_TO_FILE();
  try {
    return await withNotice(vault, await acceptedApplication(vault, delivery), notice);
  } catch (error) {
    if (!isHubError(error, 'HUB_VAULT_NOT_FOUND') && !isHubError(error, 'HUB_VAULT_ERASED')) throw error;
    throw caseErrors.HUB_DMS_ERASED({ cause: error });
  }
}

/** The application with the documents of a notice for its own, as of the day of the notice. */
export async function withNotice(
  vault: Pick<Vault, 'open'>,
  application: Envelope,
  { documents, issuedAt, tenant }: Notice,
): Promise<FiledApplication> {
  const issued = issuedAt.toISOString();
  const described = await Promise.all(documents.map((document) => describe(vault, document, tenant)));
  return { ...application, documents: described, submittedAt: issued, issuedAt: issued };
}

async function describe(
  vault: Pick<Vault, 'open'>,
  { ref, role, fileName, title, mediaType }: NoticeDocument,
  tenant: string,
): Promise<SubmissionDocument> {
  const { meta } = await vault.open(ref, { tenant });
  const format = meta['format'];
  return {
    ...{ ref, fileName, title, mediaType, part: '' },
    role: documentRole.catch('Anlage').parse(role),
    ...(typeof format === 'string' ? { format } : {}),
    size: meta.size,
    sha256: meta.sha256,
    // What the hub made itself came from no stranger.
    scan: meta['origin'] === 'ozg-hub' ? 'CLEAN' : 'NOT_SCANNED',
  };
}
