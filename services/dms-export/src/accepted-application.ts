import type { Delivery } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import { type Envelope, envelope as envelopeSchema } from '@ozg-hub/submission';
import type { Vault } from '@ozg-hub/vault';
import { dmsErrors } from './errors.ts';

const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

/** The application that a delivery files. @throws HUB_VAULT_* */
export async function acceptedApplication(
  vault: Pick<Vault, 'read'>,
  { reference, tenant }: Pick<Delivery, 'reference' | 'tenant'>,
): Promise<Envelope> {
  const bytes = await vault.read(reference['envelopeRef']!, { tenant }, { maxBytes: MAX_ENVELOPE_BYTES });
  return envelopeSchema.parse(JSON.parse(bytes.toString('utf8')));
}

/** @throws HUB_DMS_DOCUMENT_HELD where a document was not scanned and the municipality of today holds such documents */
export function releaseOnlyScanned(directory: Pick<Directory, 'current'>, { tenant, documents }: Envelope): void {
  const held = directory.current().tenant(tenant)?.policy.notScanned !== 'release';
  if (held && documents.some(({ scan }) => scan !== 'CLEAN')) throw dmsErrors.HUB_DMS_DOCUMENT_HELD();
}
