import base from '../../jest.config.mjs';

const { globalSetup: _setup, globalTeardown: _teardown, ...common } = base;

/** System tests: real servers, one file after the other. `npm run test:system -- dms` takes those of a folder. */
export default {
  ...common,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/system/**/*.test.ts'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
