import { z } from 'zod';
import type { DemandRequest } from '../demand.ts';

const text = z.string().optional().catch(undefined);
const parameters = z.object({
  client_id: z.string(),
  tenant: text,
  leistung: text,
  application: text,
  acr_values: text,
  claims: text,
});
const acrClaim = z.object({
  id_token: z.object({
    acr: z.object({ value: z.unknown().optional(), values: z.unknown().optional(), essential: z.unknown().optional() }),
  }),
});

/** What an authorization request says of the login: `tenant`, `leistung`, `application`, levels by `acr_values` or the claim `acr`. */
export function demandRequest(params: Readonly<Record<string, unknown>>): DemandRequest {
  const { client_id: client, tenant, leistung, application, acr_values, claims } = parameters.parse(params);
  const asked = acr_values?.split(' ').filter(Boolean) ?? [];
  const { levels, isEssential } = levelsOfClaim(claims);
  return {
    client,
    tenant,
    leistung,
    application,
    levels: isEssential ? asked : [...asked, ...levels],
    essentialLevels: isEssential ? levels : [],
  };
}

const acrClaims = z
  .string()
  .transform((written, context) => {
    try {
      return JSON.parse(written) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'is no JSON' });
      return z.NEVER;
    }
  })
  .pipe(acrClaim);

/** OpenID Connect Core 5.5.1.1. What is no JSON is refused by the OpenID Provider; what is no text is no level. */
function levelsOfClaim(claims: string | undefined): { readonly levels: string[]; readonly isEssential: boolean } {
  const read = acrClaims.safeParse(claims);
  if (!read.success) return { levels: [], isEssential: false };
  const { value, values, essential } = read.data.id_token.acr;
  const levels = [value, ...(Array.isArray(values) ? (values as unknown[]) : [values])].filter(
    (level) => level !== undefined,
  );
  return { levels: levels.map(String), isEssential: essential === true };
}
