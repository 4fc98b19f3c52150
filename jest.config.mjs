import { availableParallelism } from 'node:os';

/** One configuration for unit, contract and flow tests; system, faults and bench have scripts of their own. */
export default {
  globalSetup: '<rootDir>/test/start-postgres.mjs',
  globalTeardown: '<rootDir>/test/stop-postgres.mjs',
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@ozg-hub/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testMatch: [
    '<rootDir>/libs/*/src/**/*.test.ts',
    '<rootDir>/services/*/src/**/*.test.ts',
    '<rootDir>/test/*.test.ts',
    '<rootDir>/test/{contract,flow}/**/*.test.ts',
  ],
  // Starts, kills and adopts some twenty servers: one of the system tests, which run one file after the other.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/libs/store/src/embedded-postgres.test.ts'],
  modulePathIgnorePatterns: ['/dist/', '/.nx/', '/.ozg-hub/'],
  testSequencer: '<rootDir>/test/long-tests-first.mjs',
  testTimeout: 20_000,
  // Tests wait for servers for a third of their time; more than four workers would crowd the one PostgreSQL.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  reporters: ['default', '<rootDir>/test/closing-line.mjs'],
};
