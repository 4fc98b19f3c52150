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
    acr: z.object({ value: z.string().optional(), values: z.array(z.string()).optional() }),
  }),
});

/** What an authorization request says of the login: `tenant`, `leistung`, `application`, levels by `acr_values` or the claim `acr`. */
export function demandRequest(params: Readonly<Record<string, unknown>>): DemandRequest {
  const { client_id: client, tenant, leistung, application, acr_values, claims } = parameters.parse(params);
  const asked = acr_values?.split(' ').filter(Boolean) ?? [];
  return { client, tenant, leistung, application, levels: [...asked, ...levelsOfClaim(claims)] };
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

/** OpenID Connect Core 5.5.1.1. What is no JSON is refused by the OpenID Provider. */
function levelsOfClaim(claims: string | undefined): string[] {
  const read = acrClaims.safeParse(claims);
  if (!read.success) return [];
  const { value, values = [] } = read.data.id_token.acr;
  return [...(value === undefined ? [] : [value]), ...values];
}
