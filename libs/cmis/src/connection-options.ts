import type { Logger } from '@ozg-hub/core';

export interface CmisConnectionOptions {
  readonly binding: 'browser' | 'atompub';
  /** Service document: of the browser binding e.g. `https://dms.example/cmis/browser`, of AtomPub e.g. `…/cmis/atom11`. */
  readonly url: string;
  /** May be left out where the service has one repository. */
  readonly repositoryId?: string;
  readonly authentication?: CmisAuthentication;
  readonly tls?: CmisTls;
  /** Name of the header a CSRF filter asks for, e.g. `X-CSRF-Token`. */
  readonly csrfHeader?: string;
  readonly timeouts?: CmisTimeouts;
  readonly limits?: CmisLimits;
  readonly quirks?: CmisQuirks;
  /** Default `refuse`. `same-origin`: what is read may be redirected, three times at most; a change never is. */
  readonly redirects?: 'refuse' | 'same-origin';
  readonly logger?: Logger;
}

export type CmisAuthentication =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** Asked for before each request, so that it can be renewed. */
  | { readonly kind: 'bearer'; readonly token: () => string | Promise<string> };

/** PEM texts. The certificate of the repository is always checked, TLS 1.2 is the least. */
export interface CmisTls {
  /** Certificate authorities instead of the system's. */
  readonly ca?: string;
  /** Client certificate with its chain, and its key. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** Milliseconds. */
export interface CmisTimeouts {
  /** Until connected, TLS included; default 10,000. */
  readonly connect?: number;
  /** From the last byte sent until the headers of the answer; default 120,000. */
  readonly headers?: number;
  /** Without any byte while sending or receiving; default 60,000. */
  readonly idle?: number;
  /** An unused connection is closed after this; default 4,000, below what servers keep. */
  readonly keepAlive?: number;
}

export interface CmisLimits {
  /** Connections at once; default 8. */
  readonly connections?: number;
  /** Bytes of a JSON or XML answer; default 8 MiB. Of an error page, 64 KiB are read. */
  readonly answerBytes?: number;
}

/** Where a repository deviates. Each switch is off unless named. */
export interface CmisQuirks {
  /** Never send change tokens. */
  readonly omitChangeTokens?: boolean;
  /** Alfresco: an existing name is reported as contentAlreadyExists. */
  readonly alfrescoExceptionNames?: boolean;
  /** Alfresco: type ids have `F:`, `D:`, `P:` in calls and none in filing rules; types of `cmis:` have none at all. */
  readonly typeIdPrefixes?: boolean;
  /** Send `cmis:name` with each check-in. */
  readonly addNameOnCheckIn?: boolean;
  /** SharePoint: the object id must be in the address of a check-out, too (AtomPub). */
  readonly objectIdOnCheckOutAddress?: boolean;
  /** Create documents without content and set it by a call of its own; not for versions, whose content only a check-out opens. */
  readonly contentInSeparateCall?: boolean;
  /** Queries by GET; long ones may be refused. */
  readonly queryByGet?: boolean;
  /** Addresses in answers carry an inner host name: replace scheme, host and port by those configured. */
  readonly rewriteOrigin?: boolean;
  /** A child's path segment always is its name: findChild asks by path and never lists. */
  readonly childrenByPathOnly?: boolean;
  /** Errors carry no exception name: a bare 404 means objectNotFound, a bare 500 that nothing happened. */
  readonly bareStatusCodes?: boolean;
}
