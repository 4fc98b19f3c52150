/** What most tests need, without the weight of the fake counterparties: entry `@ozg-hub/testing/database`. */
export { type PropertyRun, propertyRun } from './property-run.ts';
export { type Requirement, canRun } from './requirement.ts';
export { type TestDatabase, testDatabase } from './test-database.ts';
