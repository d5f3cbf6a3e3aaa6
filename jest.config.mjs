// Run through `npm test` or `npm run jest -- PATTERN`, which set NODE_OPTIONS=--experimental-vm-modules: the code is ESM and stays ESM in the tests.
/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/test/jest-environment.cjs',
  testSequencer: '<rootDir>/test/jest-sequencer.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  cacheDirectory: '<rootDir>/build/cache/jest',
  testTimeout: 60_000,
  // Two cores are what the project is measured on; real hosts and daemons run inside the tests.
  maxWorkers: 2,
  // Node frees little of what a file's ES modules took (nodejs/node#33439): a worker that holds this much is replaced between two files.
  workerIdleMemoryLimit: '1GB',
  errorOnDeprecated: true,
};
