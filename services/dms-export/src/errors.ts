import { defineErrors } from '@ozg-hub/core';

export const dmsErrors = defineErrors({
  HUB_DMS_INBOX_UNAVAILABLE: {
    class: 'later',
    status: 503,
    title: 'The directory of the DMS cannot be written.',
    action: 'Check that the directory exists, is writable for the hub and has room.',
  },
  HUB_DMS_STAGING_DEVICE: {
    class: 'never',
    status: 500,
    title: 'Staging folder and inbox of the DMS lie on different file systems.',
    action:
      'Set "staging" of the target to a folder on the file system of its inbox; replay with the current directory.',
  },
  HUB_DMS_STAGING_FOREIGN: {
    class: 'ask',
    status: 500,
    title: 'The staging folder that held the package is gone: nothing tells whether the package was handed over.',
    action: 'Look in the DMS for the ProzessID; then settle, replay with a reason, or cancel.',
  },
  HUB_DMS_DOCUMENT_HELD: {
    class: 'never',
    status: 500,
    title: 'A document was not scanned for viruses and the municipality does not release such documents.',
    action: 'Configure a scanner, or set policy.notScanned of the municipality to release, then replay.',
  },
  HUB_DMS_NO_FILING_RULES: {
    class: 'never',
    status: 500,
    title: 'The blueprint has no filing rules.',
    action: 'Add "ablage" to a new version of the blueprint and replay with the current directory.',
  },
  HUB_DMS_UNREACHABLE: {
    class: 'later',
    status: 502,
    title: 'No connection to the DMS could be made; nothing was sent.',
    action: 'Check address, port, name resolution and firewall of the target.',
  },
  HUB_DMS_TLS: {
    class: 'later',
    status: 502,
    title: 'The TLS connection to the DMS was not accepted; nothing was sent.',
    action: 'Check the certificate of the DMS, the configured certificate authority and the client certificate.',
  },
  HUB_DMS_INTERRUPTED: {
    class: 'later',
    status: 502,
    title: 'The connection to the DMS broke, or stood still, before anything took effect.',
    action: 'Nothing to do unless it happens again with the same package: then compare its size with the limits there.',
  },
  HUB_DMS_OUTCOME_UNKNOWN: {
    class: 'ask',
    status: 502,
    title: 'The request left as a whole, but no usable answer came: it may or may not have taken effect.',
    action: 'The hub asks where the transport lets it; else look in the DMS for the ProzessID, then settle or replay.',
  },
  HUB_DMS_CREDENTIALS: {
    class: 'later',
    status: 502,
    title: 'The DMS does not accept the credentials.',
    action: 'Renew user, password, key, token or client certificate of the target, then resume it.',
  },
  HUB_DMS_SFTP_HOST_KEY: {
    class: 'later',
    status: 502,
    title: 'The SFTP server shows another host key than the one configured; nothing was sent, no password either.',
    action: 'Ask the operator of the server. Only if he confirms the new key, set hostKey of the target and resume it.',
  },
  HUB_DMS_BUSY: {
    class: 'later',
    status: 503,
    title: 'The DMS asks for patience.',
    action: 'Nothing to do; a lower rate of the target avoids it.',
  },
  HUB_DMS_REFUSED: {
    class: 'never',
    status: 502,
    title: 'The DMS refuses the package.',
    action: 'Compare the status with what its operator documents, then replay.',
  },
  HUB_DMS_REDIRECTED: {
    class: 'never',
    status: 502,
    title: 'The DMS redirects elsewhere; this is not followed.',
    action: 'Configure the final address.',
  },
  HUB_DMS_UNREADABLE: {
    class: 'later',
    status: 502,
    title: 'The answer is not one that this protocol knows.',
    action:
      'Check the address of the target and what stands before it: a starting server and a proxy answer like this.',
  },
  HUB_DMS_NAME_TAKEN: {
    class: 'ask',
    status: 409,
    title: 'A file of that name is there already; nothing was replaced.',
    action: 'Look who put it there; remove it or settle the delivery.',
  },
  HUB_DMS_FILE_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The file is larger than accepted.',
    action: 'Check what the DMS wrote.',
  },
  HUB_DMS_REPLY_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'No exchange of this hub with this target has this ProzessID.',
    action: 'Compare the ProzessID with the one in the message that is answered.',
  },
  HUB_DMS_REPLY_PROCESSED_BEFORE: {
    class: 'never',
    status: 422,
    title: 'The DMS says it processed this ProzessID before; its first result is missing.',
    action: 'Send the result of the first processing.',
  },
  HUB_DMS_REPLY_NOT_EXPECTED: {
    class: 'never',
    status: 404,
    title: 'The municipality has no target of this name that answers by HTTP.',
    action: 'Check the address; in the directory, replies of the target must say by: http.',
  },
  HUB_DMS_CMIS_MOVED: {
    class: 'ask',
    status: 409,
    title: 'What was filed so far has been moved or renamed in the DMS since; nothing more was filed.',
    action:
      'Look for the object id in the DMS. Move it back and replay, settle the delivery, or replay with a reason: then it is filed anew.',
  },
  HUB_DMS_CMIS_GONE: {
    class: 'ask',
    status: 409,
    title: 'A folder of this filing has been deleted in the DMS since, or may no longer be seen by the hub.',
    action:
      'Ask who deleted it and why. Settle or cancel the delivery, or replay with a reason: then it is filed anew.',
  },
  HUB_DMS_CMIS_AMBIGUOUS: {
    class: 'ask',
    status: 409,
    title: 'An object of the name to be used is there, and nothing tells whether this delivery made it.',
    action:
      'Compare it in the DMS. Settle the delivery if it is complete, else replay with a reason. Set hubId of the target to avoid the question.',
  },
  HUB_DMS_CMIS_CHANGED: {
    class: 'ask',
    status: 409,
    title: 'A document that this delivery filed has another size in the DMS than the one that was sent.',
    action: 'Compare it in the DMS; then settle the delivery, or replay with a reason.',
  },
  HUB_DMS_CMIS_NAME_TAKEN: {
    class: 'never',
    status: 409,
    title: 'The name of the Vorgang or of a document is taken, and the filing rules refuse to number it.',
    action: 'Set collision of the filing rules to number, or make the name template more precise; then replay.',
  },
  HUB_DMS_CMIS_ROOT: {
    class: 'later',
    status: 502,
    title: 'The root folder of the target is not there, is no folder, or the technical user may not see it.',
    action:
      'Correct rootFolder of the target or give the permission, then resume the target; see `directory check --connect`.',
  },
  HUB_DMS_CMIS_VALUE: {
    class: 'never',
    status: 422,
    title: 'A value of the application does not have the type that the filing rules give it.',
    action: 'Correct the property in the filing rules of the blueprint, then replay with the current directory.',
  },
  HUB_DMS_REPLIES_BUSY: {
    class: 'later',
    status: 503,
    title: 'Too many replies arrive at once.',
    action: 'Send it again after the time in Retry-After.',
  },
});
