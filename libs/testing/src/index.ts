export { FakeDms, type FakeDmsOptions, type LedgerLine, type RefuseRule } from './fake-dms.ts';
export { type TestDatabase, testDatabase } from './test-database.ts';
