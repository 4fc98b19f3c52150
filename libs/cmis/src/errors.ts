import { defineErrors } from '@ozg-hub/core';

/** What can go wrong with a CMIS repository (CMIS 1.1 §2.2.1.4) or on the way to it. */
export const cmisErrors = defineErrors({
  HUB_CMIS_UNREACHABLE: {
    class: 'later',
    status: 502,
    title: 'No connection to the repository could be made; nothing was sent.',
    action: 'Check address, port, name resolution and firewall of the target.',
  },
  HUB_CMIS_TLS: {
    class: 'later',
    status: 502,
    title: 'The TLS connection to the repository was not accepted; nothing was sent.',
    action: 'Check the certificate of the repository, the configured certificate authority and the client certificate.',
  },
  HUB_CMIS_TIMEOUT: {
    class: 'later',
    status: 504,
    title: 'The repository did not answer in time; nothing was changed there.',
    action: 'Wait, or raise the time-out of the target.',
  },
  HUB_CMIS_INTERRUPTED: {
    class: 'later',
    status: 502,
    title:
      'The connection broke before the request was sent as a whole, or while an answer that changes nothing was read.',
    action: 'Nothing to do unless it happens again with the same document: then compare its size with the limit there.',
  },
  HUB_CMIS_OUTCOME_UNKNOWN: {
    class: 'ask',
    status: 502,
    title: 'The request was sent as a whole, but no usable answer came: it may or may not have taken effect.',
    action: 'Look the object up by parent and name, by path or by hub id before anything is sent again.',
  },
  HUB_CMIS_PROBE_INCONCLUSIVE: {
    class: 'ask',
    status: 502,
    title: 'The folder has too many children to say that none has the name.',
    action: 'Look the name up in the DMS, or trust paths by the switch childrenByPathOnly of the target.',
  },
  HUB_CMIS_UNREADABLE: {
    class: 'later',
    status: 502,
    title: 'The answer is not one of a CMIS repository.',
    action:
      'Check the address of the target and what stands before it; a starting server and a proxy answer like this.',
  },
  HUB_CMIS_ANSWER_TOO_LARGE: {
    class: 'never',
    status: 502,
    title: 'The answer is larger than accepted.',
    action: 'Ask for fewer items, or raise the limit of the target.',
  },
  HUB_CMIS_REDIRECTED: {
    class: 'never',
    status: 502,
    title: 'The repository redirects elsewhere; this is not followed.',
    action: 'Configure the final address of the repository.',
  },
  HUB_CMIS_FOREIGN_ADDRESS: {
    class: 'never',
    status: 502,
    title: 'The repository gives addresses of another host or scheme; credentials are not sent there.',
    action: 'Configure the address the repository itself uses, or set the switch rewriteOrigin of the target.',
  },
  HUB_CMIS_REPOSITORY_UNKNOWN: {
    class: 'never',
    status: 502,
    title: 'The service has no repository of the configured id, or several and none is configured.',
    action: 'Configure repositoryId as one of those the service document lists.',
  },
  HUB_CMIS_UNAUTHENTICATED: {
    class: 'later',
    status: 502,
    title: 'The repository does not accept the credentials.',
    action: 'Renew user, password, token or client certificate of the target.',
  },
  HUB_CMIS_PERMISSION_DENIED: {
    class: 'never',
    status: 502,
    title: 'The repository denies the permission (permissionDenied).',
    action: 'Give the technical user the permission on this object or folder.',
  },
  HUB_CMIS_INVALID_ARGUMENT: {
    class: 'never',
    status: 502,
    title: 'The repository refuses the request as invalid (invalidArgument).',
    action: 'Compare names, types and properties with the type definition.',
  },
  HUB_CMIS_FILTER_NOT_VALID: {
    class: 'never',
    status: 502,
    title: 'The repository refuses the property filter (filterNotValid).',
    action: 'Compare the property ids with the type definition.',
  },
  HUB_CMIS_NOT_SUPPORTED: {
    class: 'never',
    status: 502,
    title: 'The repository does not support the operation (notSupported).',
    action: 'Use the other binding or filing rules without the operation.',
  },
  HUB_CMIS_STREAM_NOT_SUPPORTED: {
    class: 'never',
    status: 502,
    title: 'The type allows no content (streamNotSupported).',
    action: 'Choose a document type that allows content.',
  },
  HUB_CMIS_OBJECT_NOT_FOUND: {
    class: 'never',
    status: 502,
    title: 'The repository has no such object or type (objectNotFound).',
    action: 'Check whether the object was deleted or moved, or the type removed.',
  },
  HUB_CMIS_CONSTRAINT: {
    class: 'never',
    status: 502,
    title: 'The request violates a rule of the repository (constraint).',
    action: 'Compare the filing rules with the type definition and the rules of the DMS.',
  },
  HUB_CMIS_NAME_CONSTRAINT: {
    class: 'never',
    status: 502,
    title: 'The repository refuses the name, usually because it exists already (nameConstraintViolation).',
    action: 'Look up the object of that name; choose another name if it is not ours.',
  },
  HUB_CMIS_CONTENT_EXISTS: {
    class: 'never',
    status: 502,
    title: 'The document has content already and overwriting was not asked for (contentAlreadyExists).',
    action: 'Compare the content there with ours.',
  },
  HUB_CMIS_UPDATE_CONFLICT: {
    class: 'later',
    status: 502,
    title: 'The object was changed or is locked by somebody else (updateConflict).',
    action: 'Read the object again and repeat the change; wait where it is checked out.',
  },
  HUB_CMIS_VERSIONING: {
    class: 'never',
    status: 502,
    title: 'The operation does not fit the version of the document (versioning).',
    action: 'Use the latest version or the private working copy.',
  },
  HUB_CMIS_RUNTIME: {
    class: 'later',
    status: 502,
    title: 'The repository failed (runtime).',
    action: 'Look into the log of the DMS when it happens again.',
  },
  HUB_CMIS_STORAGE: {
    class: 'later',
    status: 502,
    title: 'The repository could not store the content (storage).',
    action: 'Check the storage of the DMS.',
  },
  HUB_CMIS_TOO_LARGE: {
    class: 'never',
    status: 502,
    title: 'The repository refuses the request as too large (HTTP 413).',
    action: 'Raise the limit of the DMS or of the proxy before it.',
  },
  HUB_CMIS_TOO_MANY_REQUESTS: {
    class: 'later',
    status: 503,
    title: 'The repository asks for fewer requests (HTTP 429).',
    action: 'Wait as long as it says; lower the rate of the target.',
  },
  HUB_CMIS_UNAVAILABLE: {
    class: 'later',
    status: 503,
    title: 'The repository is not available (HTTP 502, 503 or 504).',
    action: 'Wait; the DMS or the proxy before it is down or restarting.',
  },
  HUB_CMIS_CONTENT_LENGTH: {
    class: 'never',
    status: 500,
    title: 'The content has another length than stated; it was not sent as a whole.',
    action: 'Check the stored document.',
  },
  HUB_CMIS_NO_CONTENT: {
    class: 'never',
    status: 502,
    title: 'The document has no content.',
    action: 'Set the content first.',
  },
});

/** The codes of {@link cmisErrors}. */
export type CmisErrorCode = keyof typeof cmisErrors.definitions;
