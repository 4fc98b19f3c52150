import { z } from 'zod';

/** Settings of the identity service. */
export const identitySettings = z.object({
  HUB_IDENTITY_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://hub.example' })
    .refine((url) => !URL.canParse(url) || new URL(url).pathname === '/', { error: 'must have no path' })
    .default('http://127.0.0.1:8080')
    .describe(
      'Address under which browsers and online services reach /identity; part of the issuer, so never changed.',
    ),
  HUB_IDENTITY_OPEN_LOGINS: z.coerce
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .default(10_000)
    .describe('Most logins under way at once; more are refused with 503 until some are done or 15 minutes old.'),
});
export type IdentityConfig = z.infer<typeof identitySettings>;
