import type { IdpMetadata } from './idp-metadata.ts';

/** A difference between two metadata of a provider, for an operator. */
export interface MetadataChange {
  readonly what: 'entityId' | 'postUrl' | 'redirectUrl' | 'certificate' | 'wantsSignedRequests' | 'nameIdFormats';
  /** Undefined: was not there before. */
  readonly before?: string;
  /** Undefined: is there no more. */
  readonly after?: string;
}

/** What changed, certificates by fingerprint; empty where nothing did. Another entityID is another provider. */
export function compareIdpMetadata(before: IdpMetadata, after: IdpMetadata): MetadataChange[] {
  const fields = (['entityId', 'postUrl', 'redirectUrl', 'wantsSignedRequests', 'nameIdFormats'] as const).flatMap(
    (what) => change(what, textOf(before[what]), textOf(after[what])),
  );
  const old = before.signingCertificates.map(({ fingerprint }) => fingerprint);
  const current = after.signingCertificates.map(({ fingerprint }) => fingerprint);
  const gone = old.filter((one) => !current.includes(one)).flatMap((one) => change('certificate', one, undefined));
  const added = current.filter((one) => !old.includes(one)).flatMap((one) => change('certificate', undefined, one));
  return [...fields, ...gone, ...added];
}

function textOf(value: string | boolean | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function change(what: MetadataChange['what'], before: string | undefined, after: string | undefined): MetadataChange[] {
  if (before === after) return [];
  return [{ what, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}
