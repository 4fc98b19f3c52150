import base from '../../jest.config.mjs';

/** System tests: real servers and whole programs, one file after the other. `npm run test:system -- dms` takes those of a folder. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/system/**/*.test.ts', '<rootDir>/libs/store/src/embedded-postgres.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
