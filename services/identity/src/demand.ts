import type { Snapshot } from '@ozg-hub/directory';
import { type ApplicantKind, type Vertrauensniveau, proofBinding, reaches, vertrauensniveaus } from '@ozg-hub/identity';
import { normaliseLeikaKey } from '@ozg-hub/submission';
import { loginErrors } from './errors.ts';

/** What a login is for. Holds no personal data. */
export interface LoginDemand {
  /** Id of the online service in `identity.yaml`. */
  readonly client: string;
  readonly tenant: string;
  /** LeiKa key, 14 digits. */
  readonly leistung: string;
  /** The sender's own reference of the application; the proof is good for this one only. */
  readonly application: string;
  /** Least level: the higher of what the Leistung demands and the online service asks for. */
  readonly vertrauensniveau: Vertrauensniveau;
  /** Kinds of applicant that the Leistung takes. */
  readonly applicants: readonly ApplicantKind[];
}

/** As the online service sent it. */
export interface DemandRequest {
  readonly client: string;
  readonly tenant?: string | undefined;
  readonly leistung?: string | undefined;
  readonly application?: string | undefined;
  /** Levels of `acr_values` and of a voluntary claim `acr`; the lowest counts. */
  readonly levels: readonly string[];
  /** Levels of an essential claim `acr`; nothing below the lowest of them will do. */
  readonly essentialLevels?: readonly string[];
}

/** Other names of the levels: STORK QAA of BundID, eIDAS (Implementing Regulation (EU) 2015/1502). */
const LEVELS: Readonly<Record<string, Vertrauensniveau>> = {
  basis: 'basis',
  substanziell: 'substanziell',
  hoch: 'hoch',
  'STORK-QAA-Level-1': 'basis',
  'STORK-QAA-Level-2': 'basis',
  'STORK-QAA-Level-3': 'substanziell',
  'STORK-QAA-Level-4': 'hoch',
  'http://eidas.europa.eu/LoA/low': 'basis',
  'http://eidas.europa.eu/LoA/substantial': 'substanziell',
  'http://eidas.europa.eu/LoA/high': 'hoch',
};

/** Values for `acr_values`; the first three are also the values of `acr`. */
export const acrValues: readonly string[] = Object.freeze(Object.keys(LEVELS));

/**
 * Compares a request with the directory of now.
 * @throws HUB_IDENTITY_DEMAND, HUB_IDENTITY_LEISTUNG, HUB_IDENTITY_LEVEL_UNKNOWN
 */
export function demandOf(request: DemandRequest, directory: Snapshot): LoginDemand {
  const client = directory.identity.clients.find(({ id }) => id === request.client);
  const onlyTenant = client?.tenants?.length === 1 ? client.tenants[0] : undefined;
  const tenant = request.tenant ?? onlyTenant;
  const leistung = normaliseLeikaKey(request.leistung ?? '');
  const { application } = request;
  if (!client || !tenant || !leistung || !application || !isReference(application)) {
    throw loginErrors.HUB_IDENTITY_DEMAND();
  }
  const offers = directory.offersOf(leistung, tenant);
  const isAllowed = isOneOf(client.tenants, tenant) && isOneOf(client.leistungen, leistung);
  if (offers.length === 0 || !isAllowed) throw loginErrors.HUB_IDENTITY_LEISTUNG();
  const asked = [request.levels, request.essentialLevels ?? []].flatMap(least);
  const demanded = offers.map(({ vertrauensniveau }) => vertrauensniveau ?? 'basis');
  const takes = (kind: 'natuerlich' | 'juristisch') => offers.some((offer) => offer.applicantKinds.includes(kind));
  return {
    client: client.id,
    tenant,
    leistung,
    application,
    vertrauensniveau: highest([...demanded, ...asked]),
    applicants: [
      ...(takes('natuerlich') ? ['citizen' as const] : []),
      ...(takes('juristisch') ? ['company' as const] : []),
    ],
  };
}

function isOneOf(allowed: readonly string[] | undefined, value: string): boolean {
  return allowed === undefined || allowed.includes(value);
}

const isReference = (application: string) => proofBinding.shape.application.safeParse(application).success;

function unknownLevel(): never {
  throw loginErrors.HUB_IDENTITY_LEVEL_UNKNOWN();
}

function highest(levels: readonly Vertrauensniveau[]): Vertrauensniveau {
  return levels.reduce((one, other) => (reaches(one, other) ? one : other), vertrauensniveaus[0]);
}

/** The lowest of levels that would do; none where none is named. */
function least(names: readonly string[]): Vertrauensniveau[] {
  const levels = names.map((name) => (Object.hasOwn(LEVELS, name) ? LEVELS[name]! : unknownLevel()));
  return levels.length === 0 ? [] : [levels.reduce((one, other) => (reaches(one, other) ? other : one))];
}
