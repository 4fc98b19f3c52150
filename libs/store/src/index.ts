export { Database, type DatabaseOptions, type StoreOptions } from './database.ts';
export { storeErrors } from './errors.ts';
export { type EventKey, inbox, inboxMigrations } from './inbox.ts';
export type { MigrationSet, SchemaMigrations } from './migration-files.ts';
export type { MigrationMode, MigrationName, MigrationReport } from './migrations.ts';
export { type OutboxRecord, outbox, outboxChannel, outboxMigrations } from './outbox.ts';
export { type ParkedMessage, type StoredParkedMessage, parkedMessages } from './parked-messages.ts';
export { SqlFailure, isUniqueViolation } from './sql-failure.ts';
export type { HeldLock, Sql, Store, Subscription, Tx } from './store.port.ts';
