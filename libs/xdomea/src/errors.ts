import { defineErrors } from '@ozg-hub/core';

/** Everything libs/xdomea throws. Places carry element paths and positions, never a citizen's value or file name. */
export const xdomeaErrors = defineErrors({
  HUB_XDOMEA_CHARACTER: {
    class: 'never',
    status: 422,
    title: 'A value contains a character that XML 1.0 forbids.',
    action: 'Have the source correct the value at the place named; the hub drops no character silently.',
  },
  HUB_XDOMEA_EMPTY: {
    class: 'never',
    status: 422,
    title: 'An element that xdomea requires has no value.',
    action: 'Complete the filing rules or the application at the place named.',
  },
  HUB_XDOMEA_VALUE: {
    class: 'never',
    status: 422,
    title: 'A value does not have the form that xdomea requires.',
    action: 'Correct the filing rules or the mapping at the place named.',
  },
  HUB_XDOMEA_VERSION: {
    class: 'never',
    status: 422,
    title: 'This version of xdomea is not supported.',
    action: 'Use one of the supported versions in the target.',
  },
  HUB_XDOMEA_PROCESS_RULE: {
    class: 'never',
    status: 422,
    title: 'The message breaks a rule of xdomea that the schema cannot express.',
    action:
      'See the places: files and message must name each other, ids must be unique, the batch must be counted right.',
  },
  HUB_XDOMEA_MESSAGE: {
    class: 'never',
    status: 422,
    title: 'This is not an xdomea message of the kind expected here.',
    action: 'Check what the other system wrote; the file is set aside.',
  },
  HUB_XDOMEA_PACKAGE: {
    class: 'never',
    status: 422,
    title: 'The ZIP file is not an acceptable xdomea package.',
    action: 'See the detail; have the sender make the package again.',
  },
  HUB_XDOMEA_PACKAGE_LIMIT: {
    class: 'never',
    status: 413,
    title: 'The ZIP file exceeds a limit for packages.',
    action: 'Raise the limit named in the detail if the package is genuine.',
  },
  HUB_XDOMEA_FILE_SIZE: {
    class: 'never',
    status: 500,
    title: 'A primary file has another size than announced.',
    action: 'The stored document is damaged or was exchanged: compare it with its recorded size and hash.',
  },
});
