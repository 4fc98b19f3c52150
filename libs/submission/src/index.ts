export {
  type Art,
  type DocumentRole,
  type Envelope,
  type SubmissionDocument,
  art,
  document,
  documentRole,
  envelope,
  leikaKey,
  payment,
  replyChannel,
  tenantSlug,
} from './envelope.ts';
export { type Fachdatenfeld, type Fachdatenobjekt, fachdatenobjekt } from './fachdaten.ts';
export {
  type ApplicantKind,
  type IdentityAttribute,
  type VerifiedIdentity,
  type Vertrauensniveau,
  applicantKind,
  identity,
  identityAttribute,
  reaches,
  verifiedIdentity,
  vertrauensniveau,
  vertrauensniveaus,
} from './identity.ts';
export { normaliseLeikaKey } from './leika.ts';
export {
  type Anschrift,
  type JuristischePerson,
  type NatuerlichePerson,
  type Person,
  anschrift,
  displayName,
  juristischePerson,
  natuerlichePerson,
  person,
} from './person.ts';
export {
  type DeliveryProgress,
  type DeliveryState,
  type SubmissionState,
  NOTICE_FILING,
  deliveryStates,
  deriveState,
  isUnderWay,
} from './state.ts';
