import { isSecretReference } from '@ozg-hub/directory';
import { z } from 'zod';

/** A secret by reference, `env:NAME` or `file:/path`; looked up anew for each new connection. */
export const secret = z.string().refine(isSecretReference, { error: 'name it as env:NAME or file:/path' });

/** An address, or `env:NAME` where it is not known beforehand. */
export const serviceAddress = z.union(
  [
    z
      .url({ protocol: /^https?$/ })
      .refine((url) => !new URL(url).search && !new URL(url).hash, { error: 'is an address without ? and #' }),
    z.string().refine(isSecretReference),
  ],
  { error: 'must be an address (http, https), or env:NAME' },
);

/** User and password in each request (RFC 7617): ePay21. */
export const basicAuthentication = z.strictObject({
  by: z.literal('basic'),
  user: z.string().min(1),
  password: secret,
});

/** What all faces have. */
export const faceSettings = {
  /** PEM texts by reference. The certificate of the service is always checked. */
  tls: z
    .strictObject({
      /** Certificate authorities instead of the system's. */
      ca: secret.optional(),
      /** Client certificate with its chain. */
      cert: secret.optional(),
      /** Its private key. */
      key: secret.optional(),
      passphrase: secret.optional(),
    })
    .optional(),
  /** Seconds without any byte after which a connection is given up; twice that for a call as a whole. */
  timeoutSeconds: z.number().int().min(1).max(120).default(30),
};
