import { isSecretReference } from '@ozg-hub/directory';
import { hasCredentials, sftpServerSettings } from '@ozg-hub/transfer';
import { z } from 'zod';

/** A secret by reference, `env:NAME` or `file:/path`; looked up anew for each new connection. */
const secret = z.string().refine(isSecretReference, { error: 'name it as env:NAME or file:/path' });

/** What all folders at a DMS have. */
const inFolders = {
  /** Folder out of which the DMS takes packages. */
  inbox: z.string().min(1),
  /** The hub's own folder beside the inbox, where a rename reaches it; default `.ozg-hub-staging` beside it. */
  staging: z.string().min(1).optional(),
  /** Makes the inbox where it is missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
  /** The DMS takes a package when a file of its name with this at the end appears, e.g. `.ok`; left out: at once. */
  marker: z
    .string()
    .regex(/^[\w.-]{1,20}$/)
    .optional(),
};

/** What all folders with replies have. */
const withReplies = {
  /** Folder into which the DMS writes 0629 and 0630. */
  folder: z.string().min(1),
  /** Makes the folder where it is missing, for this account alone; for demo and tests. */
  createDirectories: z.boolean().default(false),
};

/** Between two looks into a folder that is reached by a network protocol. */
const pollSeconds = z.number().int().min(1).max(3600).default(30);

/** How to reach an SFTP server. */
const sftpServer = sftpServerSettings(secret);

/** How to reach a web server. */
const webServer = {
  authentication: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('basic'), user: z.string().min(1), password: secret }),
      z.strictObject({ by: z.literal('bearer'), token: secret }),
    ])
    .optional(),
  /** PEM texts by reference. The certificate of the server is always checked. */
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
  /** Seconds without any byte after which a connection is given up; twice that for an answer to begin. */
  timeoutSeconds: z.number().int().min(1).max(600).default(60),
  /** Sends `Content-Length` to servers that do not take chunks: the package is then made twice. */
  contentLength: z.boolean().default(false),
};

const webAddress = z.url({ protocol: /^https?$/ }).refine((url) => !new URL(url).search && !new URL(url).hash, {
  error: 'is an address without ? and #',
});

/** A directory that the hub and the DMS share. */
const directoryHandOver = z.strictObject({ by: z.literal('directory'), ...inFolders });
const sftpHandOver = z
  .strictObject({ by: z.literal('sftp'), ...sftpServer, ...inFolders })
  .refine(hasCredentials, { error: 'needs password or privateKey' });
const webDavHandOver = z.strictObject({
  by: z.literal('webdav'),
  /** Collection below which inbox and staging lie. */
  url: webAddress,
  ...webServer,
  ...inFolders,
});
const httpHandOver = z
  .strictObject({
    by: z.literal('http'),
    /** Address to which each package is posted. */
    url: webAddress,
    ...webServer,
    /** Header that carries the ProzessID, in addition to `Idempotency-Key`. */
    processIdHeader: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
      .default('X-Xdomea-ProzessID'),
    /**
     * Address that tells whether a package arrived, with `{name}` (its file name) or `{id}` (its ProzessID): 200 yes,
     * 404 no. Left out: where an answer is lost, a person decides.
     */
    probe: z
      .string()
      .regex(/^https?:\/\/.*\{(?:name|id)\}/)
      .optional(),
  })
  .refine(({ url, probe }) => probe === undefined || new URL(probe).origin === new URL(url).origin, {
    error: 'is on another server than url: the credentials would go there',
    path: ['probe'],
  });

/** How a finished package reaches the DMS. */
export const handOver = z.discriminatedUnion('by', [directoryHandOver, sftpHandOver, webDavHandOver, httpHandOver]);
export type HandOver = z.infer<typeof handOver>;
/** Ways on which a package lies in folders. */
export type StagedHandOver = Exclude<HandOver, { by: 'http' }>;
export type HttpHandOver = Extract<HandOver, { by: 'http' }>;

const directoryReplies = z.strictObject({ by: z.literal('directory'), ...withReplies });
const sftpReplies = z
  .strictObject({ by: z.literal('sftp'), ...sftpServer, ...withReplies, pollSeconds })
  .refine(hasCredentials, { error: 'needs password or privateKey' });
const webDavReplies = z.strictObject({
  by: z.literal('webdav'),
  url: webAddress,
  ...webServer,
  ...withReplies,
  pollSeconds,
});
/** The DMS posts its replies to `/dms-export/v1/replies/<tenant>/<target>` with a key of scope `reply`. */
const httpReplies = z.strictObject({ by: z.literal('http') });

/** Where the replies of a DMS are found. */
export const replySource = z.discriminatedUnion('by', [directoryReplies, sftpReplies, webDavReplies, httpReplies]);
export type ReplySource = z.infer<typeof replySource>;
/** Places with replies into which the hub has to look. */
export type WatchedReplies = Exclude<ReplySource, { by: 'http' }>;

/** What is needed to reach the files at a DMS. */
export type FilePlace = StagedHandOver | WatchedReplies;
export type SftpServer = Pick<Extract<FilePlace, { by: 'sftp' }>, keyof typeof sftpServer>;
export type WebServer = Pick<Extract<HandOver, { by: 'http' | 'webdav' }>, keyof typeof webServer | 'url'>;

/** Settings that name one folder, whatever else they say. */
export function folderIdentity(place: WatchedReplies): string {
  switch (place.by) {
    case 'directory':
      return place.folder;
    case 'sftp':
      return `sftp://${place.user}@${place.host}:${place.port} ${place.folder}`;
    case 'webdav':
      return `${place.url} ${place.folder}`;
    default:
      return place satisfies never;
  }
}
