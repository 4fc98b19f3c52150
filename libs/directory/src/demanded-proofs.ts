import type { Finding } from './finding.ts';
import type { Entry } from './folder.ts';
import { type Catalogue, entriesOf } from './offers.ts';
import type { Leistung, Tenant } from './tenant.ts';

/** A Leistung with a level needs identity proofs, and nobody can bring one where no identity provider is named. */
export function checkDemandedProofs({ yaml, record: tenant }: Entry<Tenant>, catalogue: Catalogue): Finding[] {
  if (tenant.policy.acceptUnverifiedIdentity) return [];
  const refused = entriesOf(tenant, catalogue)
    .filter((entry) => demandsLevel(entry, catalogue))
    .map(({ use }) => use);
  if (refused.length === 0) return [];
  const message = `applications are refused that need an identity proof, for no identity provider is named: ${refused.join(', ')}`;
  const fix = 'name providers in identity.yaml, or set policy.acceptUnverifiedIdentity';
  return [yaml.finding(['policy'], { severity: 'warning', message, fix })];
}

function demandsLevel({ use, overrides }: Leistung, { blueprints }: Catalogue): boolean {
  const own = overrides?.['vertrauensniveau'];
  return own === undefined ? blueprints.get(use)?.vertrauensniveau !== undefined : own !== null;
}
