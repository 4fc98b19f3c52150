import { isSecretReference } from '@ozg-hub/directory';
import { z } from 'zod';

/** A secret by reference, `env:NAME` or `file:/path`; looked up anew for each new connection. */
const secret = z.string().refine(isSecretReference, { error: 'name it as env:NAME or file:/path' });

const milliseconds = z.number().int().min(100).max(3_600_000).optional();
const cmisId = z.string().regex(/^\S{1,200}$/, { error: 'must be an id of the repository, without blanks' });
const flag = z.boolean().optional();

const authentication = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('basic'), user: z.string().min(1), password: secret }),
  /** Asked for before each request, so that a file may be renewed at any time. */
  z.strictObject({ by: z.literal('bearer'), token: secret }),
]);

/** Settings of a target of kind `cmis`: a DMS that is filled by CMIS 1.1. */
export const cmisSettings = z.strictObject({
  /** Browser binding first; AtomPub for repositories that have no other. */
  binding: z.enum(['browser', 'atompub']).default('browser'),
  /** Service document, or `env:NAME` where the address is not known beforehand. */
  url: z.union([z.url({ protocol: /^https?$/ }), z.string().refine(isSecretReference)], {
    error: 'must be an address (http, https), or env:NAME',
  }),
  /** May be left out where the service has one repository. */
  repositoryId: z.string().min(1).optional(),
  /** Folder below which everything is filed; has to be there. */
  rootFolder: z.string().regex(/^\//, { error: 'must begin with /' }).default('/'),
  authentication: authentication.optional(),
  /** PEM texts by reference: authorities instead of the system's, client certificate with its chain, its key. */
  tls: z
    .strictObject({
      ca: secret.optional(),
      cert: secret.optional(),
      key: secret.optional(),
      passphrase: secret.optional(),
    })
    .optional(),
  /** Header that a CSRF filter asks for, e.g. `X-CSRF-Token`. */
  csrfHeader: z
    .string()
    .regex(/^[\w-]{1,80}$/)
    .optional(),
  /** Milliseconds; defaults 10,000, 120,000, 60,000 and 4,000. */
  timeouts: z
    .strictObject({ connect: milliseconds, headers: milliseconds, idle: milliseconds, keepAlive: milliseconds })
    .optional(),
  /** Connections at once, default 8. */
  connections: z.number().int().min(1).max(64).optional(),
  redirects: z.enum(['refuse', 'same-origin']).default('refuse'),
  /**
   * Property under which the hub's own id of each Vorgang and document is kept, and the secondary type that has it; of a
   * property of the types themselves the secondary type is left out. Left out altogether: after a lost answer an object
   * of the same name is a question for a person.
   */
  hubId: z.strictObject({ property: cmisId, secondaryType: cmisId.optional() }).optional(),
  /** Property of the Vorgang in which the DMS gives its Aktenzeichen. */
  aktenzeichenProperty: cmisId.optional(),
  /** Most bytes of a name, in UTF-8. */
  maxNameBytes: z.number().int().min(40).max(1000).default(255),
  /** Where the repository deviates; see libs/cmis. */
  quirks: z
    .strictObject({
      omitChangeTokens: flag,
      alfrescoExceptionNames: flag,
      typeIdPrefixes: flag,
      addNameOnCheckIn: flag,
      objectIdOnCheckOutAddress: flag,
      contentInSeparateCall: flag,
      queryByGet: flag,
      rewriteOrigin: flag,
      childrenByPathOnly: flag,
      bareStatusCodes: flag,
    })
    .default({}),
});
export type CmisSettings = z.infer<typeof cmisSettings>;
