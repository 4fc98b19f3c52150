import type { XmlElement } from '@ozg-hub/xml';
import { samlErrors } from './errors.ts';

/** Means of signing in that a request can offer; Smart-eID cannot be chosen. */
export const akdbMethods = ['Authega', 'Benutzername', 'Diia', 'eID', 'eIDAS', 'Elster', 'FINK'] as const;
export type AkdbMethod = (typeof akdbMethods)[number];

/** What the BundID is asked for beside the SAML request (Schnittstellenbeschreibung 10.2 §9, version 2). */
export interface AkdbRequest {
  /** Means offered; undefined or empty: all. */
  readonly methods?: readonly AkdbMethod[];
  /** At least one, by `urn:oid:…`; only these come back. A required one that is missing makes the BundID refuse the login. */
  readonly attributes: readonly { readonly name: string; readonly required?: boolean }[];
  /** Shown to the user; may be cut after 50 characters. */
  readonly organizationDisplayName: string;
  /** The BMI-ID of the online service: `BMI-A1234` or `BMI-B1234567`. */
  readonly onlineServiceId: string;
  /** Default `de`. */
  readonly language?: 'de' | 'en' | 'ru' | 'uk';
  /** Where "back" leads. The BundID does not check it: never of a user's making. */
  readonly backUrl?: string;
}

const NAMESPACE = 'https://www.akdb.de/request/2018/09';
const CLASSIC_UI = `${NAMESPACE}/classic-ui/v1`;
const ATTRIBUTE_NAME = /^urn:oid:\d+(?:\.\d+)+$/;

/**
 * `akdb:AuthenticationRequest` for the Extensions of a request, its children in the order of the schema; errors come back with
 * details.
 * @throws HUB_SAML_SETTINGS for what the BundID refuses: no attribute, a name that is no OID, no name of the organisation, no
 * id of the service, an address that is not https
 */
export function akdbExtension(request: AkdbRequest): XmlElement {
  checkRequest(request);
  const { methods = [], attributes } = request;
  return akdb(
    'AuthenticationRequest',
    [
      methods.length === 0
        ? undefined
        : akdb('AuthnMethods', akdbMethods.filter((one) => methods.includes(one)).map(enabled)),
      akdb('RequestedAttributes', attributes.map(requestedAttribute)),
      akdb('DisplayInformation', [displayInformation(request)]),
    ],
    { 'xmlns:akdb': NAMESPACE, Version: '2', EnableStatusDetail: 'true' },
  );
}

function enabled(method: AkdbMethod): XmlElement {
  return akdb(method, [akdb('Enabled', ['true'])]);
}

function requestedAttribute({ name, required = false }: AkdbRequest['attributes'][number]): XmlElement {
  return akdb('RequestedAttribute', [], { Name: name, RequiredAttribute: String(required) });
}

function displayInformation(request: AkdbRequest): XmlElement {
  const { organizationDisplayName, language = 'de', backUrl, onlineServiceId } = request;
  return {
    name: 'classic-ui:Version',
    attributes: { 'xmlns:classic-ui': CLASSIC_UI },
    children: [
      { name: 'classic-ui:OrganizationDisplayName', children: [organizationDisplayName] },
      { name: 'classic-ui:Lang', children: [language] },
      backUrl === undefined ? undefined : { name: 'classic-ui:BackURL', children: [backUrl] },
      { name: 'classic-ui:OnlineServiceId', children: [onlineServiceId] },
    ],
  };
}

function akdb(
  local: string,
  children: NonNullable<XmlElement['children']>,
  attributes: Readonly<Record<string, string>> = {},
): XmlElement {
  return { name: `akdb:${local}`, attributes, children };
}

function checkRequest({ attributes, organizationDisplayName, onlineServiceId, backUrl }: AkdbRequest): void {
  const problems = [
    attributes.length === 0 ? { field: 'attributes', message: 'at least one' } : undefined,
    attributes.every(({ name }) => ATTRIBUTE_NAME.test(name))
      ? undefined
      : { field: 'attributes', message: 'urn:oid: and numbers, without blanks' },
    organizationDisplayName.trim() === '' ? { field: 'organizationDisplayName', message: 'not empty' } : undefined,
    onlineServiceId.trim() === '' ? { field: 'onlineServiceId', message: 'not empty' } : undefined,
    backUrl === undefined || backUrl.startsWith('https://') ? undefined : { field: 'backUrl', message: 'https only' },
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw samlErrors.HUB_SAML_SETTINGS({ places: problems });
}
