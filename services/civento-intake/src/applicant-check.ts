import type { Application } from '@ozg-hub/civento';
import type { Resolved } from '@ozg-hub/directory';
import { type IdentityProofs, type VerifiedProof, isIdentityProof } from '@ozg-hub/identity';
import { type Vertrauensniveau, reaches } from '@ozg-hub/submission';
import { intakeErrors } from './errors.ts';

/** An application with all that can tell who applies. */
export interface ApplicantClaims {
  readonly application: Application;
  readonly resolved: Resolved;
  /** The part `identity-proof`. */
  readonly proofPart: string | undefined;
  readonly headerKey: string | undefined;
}

const KIND = { citizen: 'natuerlich', company: 'juristisch' } as const;

/** Whether the applicant signed in as the Leistung demands. */
export class ApplicantCheck {
  constructor(private readonly proofs: Pick<IdentityProofs, 'verify'>) {}

  /**
   * The proof first, then what it says against the blueprint; undefined where none came and none is needed.
   * @throws HUB_IDENTITY_PROOF_…, HUB_INTAKE_PROOFS_DISAGREE, HUB_INTAKE_APPLICANT_KIND, HUB_INTAKE_LEVEL_TOO_LOW,
   *   HUB_INTAKE_IDENTITY_REQUIRED, HUB_INTAKE_IDENTITY_UNVERIFIED
   */
  async check({ application, resolved, proofPart, headerKey }: ApplicantClaims): Promise<VerifiedProof | undefined> {
    const { blueprint, tenant, leistung } = resolved;
    const proof = theProof(proofPart, application.identity?.proof);
    if (proof === undefined) return checkUnverified(application, resolved);
    const reference = application.vorgang ?? headerKey ?? '';
    const verified = await this.proofs.verify(proof, { tenant: tenant.slug, leistung, application: reference });
    if (!blueprint.applicantKinds.includes(KIND[verified.applicant])) throw intakeErrors.HUB_INTAKE_APPLICANT_KIND();
    checkLevel(verified.vertrauensniveau, blueprint.vertrauensniveau);
    return verified;
  }
}

/** Without an identity proof of the hub: what is inside was verified, or is the source's own. */
export function withoutProof(application: Application): Application {
  const { identity } = application;
  if (identity?.proof === undefined || !isIdentityProof(identity.proof)) return application;
  const { proof: _, ...said } = identity;
  return { ...application, identity: said };
}

function theProof(part: string | undefined, inside: string | undefined): string | undefined {
  const ours = inside !== undefined && isIdentityProof(inside) ? inside : undefined;
  if (part !== undefined && ours !== undefined && part !== ours) throw intakeErrors.HUB_INTAKE_PROOFS_DISAGREE();
  return part ?? ours;
}

/** The source's own word counts where the municipality says so, and then has to say what a proof would. */
function checkUnverified({ applicant, identity }: Application, { blueprint, tenant }: Resolved): undefined {
  const { applicantKinds, vertrauensniveau: demanded } = blueprint;
  const reached = identity?.vertrauensniveau;
  const isTrusted = tenant.policy.acceptUnverifiedIdentity === true;
  if (demanded !== undefined && (!isTrusted || reached === undefined))
    throw intakeErrors.HUB_INTAKE_IDENTITY_REQUIRED();
  if (!isTrusted && saysWho(identity)) throw intakeErrors.HUB_INTAKE_IDENTITY_UNVERIFIED();
  if (!applicantKinds.includes(applicant.kind)) throw intakeErrors.HUB_INTAKE_APPLICANT_KIND();
  if (reached !== undefined) checkLevel(reached, demanded);
}

function saysWho(identity: Application['identity']): boolean {
  if (identity === undefined) return false;
  return identity.vertrauensniveau !== undefined || Object.keys(identity.attributes).length > 0;
}

function checkLevel(reached: Vertrauensniveau, demanded: Vertrauensniveau | undefined): void {
  if (demanded !== undefined && !reaches(reached, demanded)) throw intakeErrors.HUB_INTAKE_LEVEL_TOO_LOW();
}
