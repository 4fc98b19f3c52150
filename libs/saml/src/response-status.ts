import type { HubError } from '@ozg-hub/core';
import type { XmlTree } from '@ozg-hub/xml';
import { optionalChild, withDescendants } from './elements.ts';
import { type SamlErrorCode, samlErrors } from './errors.ts';
import { PROTOCOL } from './names.ts';

const PREFIX = 'urn:oasis:names:tc:SAML:2.0:status:';
/** SAML core §3.2.2.2, as far as a login can meet them. */
const KNOWN: readonly string[] = [
  'Success',
  'Requester',
  'Responder',
  'VersionMismatch',
  'AuthnFailed',
  'InvalidAttrNameOrValue',
  'InvalidNameIDPolicy',
  'NoAuthnContext',
  'NoAvailableIDP',
  'NoPassive',
  'NoSupportedIDP',
  'ProxyCountExceeded',
  'RequestDenied',
  'RequestUnsupported',
  'UnknownPrincipal',
  'UnsupportedBinding',
];
const DETAIL_CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const MOST_DETAILS = 10;
const LONGEST_DETAIL = 10_000;
/** SAML has no status for it: MUK says it in words, the BundID in a code. */
const BROKEN_OFF = /abgebrochen|abbruch|cancel|abort/i;

/** Why an identity provider refused; the cause of the error. Holds codes only, nothing that a person wrote. */
export class SamlStatus extends Error {
  override readonly name = 'SamlStatus';

  constructor(
    /** `Requester`, `Responder` …; `other` for what SAML does not know. */
    readonly code: string,
    /** `AuthnFailed`, `RequestDenied` … */
    readonly subCode: string | undefined,
    /** Codes of `akdb:StatusDetail`, e.g. `IDP_REQUIRED_ATTRIBUTES_MISSING` (BundID §9.7). */
    readonly details: readonly string[],
  ) {
    super([code, subCode, ...details].filter((part) => part !== undefined).join(' '));
  }
}

/** The status of a response as an error; undefined for success. */
export function refusalOf(response: XmlTree): HubError | undefined {
  const status = optionalChild(response, PROTOCOL, 'Status');
  const outer = status && optionalChild(status, PROTOCOL, 'StatusCode');
  if (status === undefined || outer === undefined) return samlErrors.HUB_SAML_MALFORMED();
  const code = nameOf(outer);
  if (code === 'Success') return undefined;
  const inner = optionalChild(outer, PROTOCOL, 'StatusCode');
  const message = optionalChild(status, PROTOCOL, 'StatusMessage')?.text ?? '';
  const cause = new SamlStatus(
    code,
    inner && nameOf(inner),
    detailCodes(optionalChild(status, PROTOCOL, 'StatusDetail')),
  );
  return samlErrors[codeOf(cause, message)]({ cause });
}

function codeOf({ code, subCode, details }: SamlStatus, message: string): SamlErrorCode {
  const isRefusal = subCode === 'AuthnFailed' || subCode === 'RequestDenied';
  if (isRefusal && (BROKEN_OFF.test(message) || details.some((detail) => BROKEN_OFF.test(detail)))) {
    return 'HUB_SAML_CANCELLED';
  }
  if (details.includes('IDP_REQUIRED_ATTRIBUTES_MISSING')) return 'HUB_SAML_ATTRIBUTE_MISSING';
  if (subCode === 'NoAuthnContext') return 'HUB_SAML_LEVEL_UNAVAILABLE';
  // RequestDenied: it could have answered and chose not to (SAML core §3.2.2.2), as Keycloak does for who denies consent.
  return code === 'Responder' && subCode !== 'RequestDenied' ? 'HUB_SAML_PROVIDER_FAILED' : 'HUB_SAML_REFUSED';
}

function nameOf({ attributes }: XmlTree): string {
  const value = attributes['Value'] ?? '';
  const name = value.slice(PREFIX.length);
  return value.startsWith(PREFIX) && KNOWN.includes(name) ? name : 'other';
}

function detailCodes(detail: XmlTree | undefined): string[] {
  if (detail === undefined) return [];
  const texts = [...withDescendants(detail)].map(({ element }) => element.text).filter((text) => text !== '');
  return texts.flatMap(codesIn).slice(0, MOST_DETAILS);
}

/** `{"version":"1.0","errors":[{"code":"…","message":"…"}]}` */
function codesIn(text: string): string[] {
  if (text.length > LONGEST_DETAIL) return [];
  let detail: unknown;
  try {
    detail = JSON.parse(text);
  } catch {
    // A detail of another kind says nothing; the status itself does.
    return [];
  }
  const errors = isRecord(detail) && Array.isArray(detail['errors']) ? (detail['errors'] as unknown[]) : [];
  return errors
    .map((error) => (isRecord(error) ? error['code'] : undefined))
    .filter((code): code is string => typeof code === 'string' && DETAIL_CODE.test(code));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
