import { defineErrors } from '@ozg-hub/core';

export const storeErrors = defineErrors({
  HUB_STORE_URL: {
    class: 'never',
    status: 500,
    title: 'The database address is not a PostgreSQL URL.',
    action: 'Set HUB_DATABASE_URL to postgres://user:password@host:port/database, or unset it for the embedded server.',
  },
  HUB_STORE_NAME: {
    class: 'never',
    status: 500,
    title: 'A schema or channel name is not made of lower-case letters, digits and underscores, or is too long.',
    action: 'Name the schema after the service, with underscores.',
  },
  HUB_STORE_UNREACHABLE: {
    class: 'later',
    status: 503,
    title: 'PostgreSQL cannot be reached.',
    action: 'Check that the database server runs and accepts connections; the hub goes on by itself when it does.',
  },
  HUB_STORE_ACCESS: {
    class: 'never',
    status: 503,
    title: 'PostgreSQL refuses the user, the password or the database.',
    action: 'Check user, password, database name and rights in HUB_DATABASE_URL.',
  },
  HUB_STORE_TOO_OLD: {
    class: 'never',
    status: 503,
    title: 'The PostgreSQL server is older than version 15.',
    action: 'Use PostgreSQL 15 or newer, or unset HUB_DATABASE_URL for the embedded server.',
  },
  HUB_STORE_FULL: {
    class: 'later',
    status: 507,
    title: 'The disk of the database is full.',
    action: 'Make room on the disk of the database; the hub goes on by itself.',
  },
  HUB_STORE_BUSY: {
    class: 'later',
    status: 503,
    title: 'The database did not answer in time, or rows stayed locked.',
    action: 'Try again; when it persists look for long transactions in pg_stat_activity.',
  },
  HUB_STORE_CONFLICT: {
    class: 'later',
    status: 503,
    title: 'The transaction collided with others each time it was tried.',
    action: 'Try again.',
  },
  HUB_STORE_COMMIT_UNKNOWN: {
    class: 'ask',
    status: 503,
    title: 'The connection was lost during COMMIT: whether the transaction took effect is unknown.',
    action: 'Read the state, or send the same request again under the same key.',
  },
  HUB_STORE_ROLLED_BACK: {
    class: 'never',
    status: 500,
    title: 'A statement of the transaction had failed, so PostgreSQL rolled it back at COMMIT.',
    action: 'Report this as a bug: an error inside the transaction was caught and ignored.',
  },
  HUB_STORE_CONSTRAINT: {
    class: 'never',
    status: 500,
    title: 'A constraint of the database refuses the change.',
    action: 'Report this as a bug with the name of the constraint.',
  },
  HUB_STORE_STATEMENT: {
    class: 'never',
    status: 500,
    title: 'PostgreSQL refuses a statement.',
    action: 'Report this as a bug with the SQLSTATE.',
  },
  HUB_STORE_NUMBER: {
    class: 'never',
    status: 500,
    title: 'An int8 value is beyond the integers that JavaScript holds exactly.',
    action: 'Select the column as text.',
  },
  HUB_STORE_CLOSED: {
    class: 'later',
    status: 503,
    title: 'The store is closed: the hub is stopping.',
    action: 'Try again when the hub runs.',
  },
  HUB_STORE_MIGRATION_ALTERED: {
    class: 'never',
    status: 500,
    title: 'A migration that was applied has been altered.',
    action: 'Restore the file as it was released; put the change into a new migration.',
  },
  HUB_STORE_MIGRATION_PENDING: {
    class: 'never',
    status: 500,
    title: 'The database lacks migrations of this version.',
    action: 'Start once with HUB_MIGRATE=auto and a user who may alter the schemas, then again with HUB_MIGRATE=check.',
  },
  HUB_STORE_MIGRATION_FAILED: {
    class: 'never',
    status: 500,
    title: 'A migration failed and was rolled back.',
    action: 'See the file and line; earlier migrations stay applied.',
  },
  HUB_STORE_MIGRATION_LOCKED: {
    class: 'later',
    status: 503,
    title: 'Another process is migrating this database, or holds locks on its tables.',
    action: 'Wait until it is done and start again.',
  },
  HUB_STORE_MIGRATION_NAME: {
    class: 'never',
    status: 500,
    title: 'A migration folder is missing, or a file in it is not named like 0001-what-it-adds.sql.',
    action: 'Rename the file.',
  },
});
