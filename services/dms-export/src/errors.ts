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
});
