import { defineErrors } from '@ozg-hub/core';

/** Errors of the directory. The first four are answers to a sender; the others are for operators. */
export const directoryErrors = defineErrors({
  HUB_DIRECTORY_UNKNOWN_UNIT: {
    class: 'never',
    status: 422,
    title: 'No municipality of this hub has this organisation unit.',
    action: 'Check the key of the Organisationseinheit, or have it added to a tenant in the directory.',
  },
  HUB_DIRECTORY_UNKNOWN_LEISTUNG: {
    class: 'never',
    status: 422,
    title: 'No blueprint describes this Leistung.',
    action: 'Check the LeiKa key, or have a blueprint added to the directory.',
  },
  HUB_DIRECTORY_LEISTUNG_NOT_OFFERED: {
    class: 'never',
    status: 422,
    title: 'The municipality does not offer this Leistung through the hub.',
    action: 'Check Organisationseinheit and Leistung, or have the Leistung added to the tenant.',
  },
  HUB_DIRECTORY_NO_LEISTUNG_KEY: {
    class: 'never',
    status: 422,
    title: 'The application has no LeiKa key and none follows from its process key.',
    action: 'Send the LeiKa key, or have the process key added to the prozessschluessel of a blueprint.',
  },
  HUB_DIRECTORY_INVALID: {
    class: 'never',
    status: 500,
    title: 'The directory has errors and was not accepted.',
    action: 'Correct the places named; `ozg-hub directory check` lists all of them.',
  },
  HUB_DIRECTORY_UNREADABLE: {
    class: 'later',
    status: 503,
    title: 'The folder of the directory cannot be read.',
    action: 'See that the hub may read HUB_DIRECTORY and its files; what it read before stays in use.',
  },
  HUB_DIRECTORY_UNKNOWN_VERSION: {
    class: 'never',
    status: 500,
    title: 'This directory version is not stored here.',
    action: 'Check that the hub uses the database that accepted the submission, or replay with the current directory.',
  },
  HUB_DIRECTORY_SNAPSHOT_DAMAGED: {
    class: 'never',
    status: 500,
    title: 'The stored directory version does not match its content hash.',
    action: 'Restore the table directory.snapshot from a backup, or replay with the current directory.',
  },
  HUB_DIRECTORY_UNKNOWN_TENANT: {
    class: 'never',
    status: 404,
    title: 'The directory has no such tenant.',
    action: 'Check the slug; a tenant is never removed, only succeeded by another.',
  },
  HUB_DIRECTORY_UNKNOWN_TARGET: {
    class: 'never',
    status: 404,
    title: 'The tenant has no such target.',
    action: 'Add the target to the tenant again under the same id, or replay with the current directory.',
  },
  HUB_DIRECTORY_UNKNOWN_PROFILE: {
    class: 'never',
    status: 404,
    title: 'The directory has no such mapping profile.',
    action: 'Add the profile under profiles/, or correct the source that names it.',
  },
  HUB_DIRECTORY_UNKNOWN_SOURCE: {
    class: 'never',
    status: 422,
    title: 'The directory has no such source.',
    action: 'Add the source to sources.yaml with its mapping profile.',
  },
  HUB_DIRECTORY_SECRET_MISSING: {
    class: 'later',
    status: 503,
    title: 'A secret that the directory refers to is not there.',
    action: 'Set the environment variable, or provide the file, that the reference names.',
  },
});
