import { defineErrors } from '@ozg-hub/core';

/** What can be wrong with an application that is good XML. */
export const civentoErrors = defineErrors({
  HUB_APPLICATION_INVALID: {
    class: 'never',
    status: 422,
    title: 'The application has a value that the hub cannot accept.',
    action: 'Correct the fields listed.',
  },
  HUB_APPLICATION_PART_TWICE: {
    class: 'never',
    status: 422,
    title: 'The application names two files alike.',
    action: 'Give every Anlage a name of its own.',
  },
  HUB_APPLICATION_PART_RESERVED: {
    class: 'never',
    status: 422,
    title: 'A file of the application is named like the part of the application itself or of the identity proof.',
    action: 'Give the Anlage another name than `application` and `identity-proof`.',
  },
  HUB_APPLICATION_PART_UNKNOWN: {
    class: 'never',
    status: 422,
    title: 'A field of the application refers to a file that the application does not list.',
    action: 'List the file among the Anlagen, or correct the reference.',
  },
  HUB_APPLICATION_INLINE_BROKEN: {
    class: 'never',
    status: 422,
    title: 'The content of a file inside the application is not Base64.',
    action: 'Encode the content as Base64, or send the file as a part of its own.',
  },
});
