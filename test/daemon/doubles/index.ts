export * from './scripted-planner.js';
export * from './fake-bridge-directory.js';
export * from './fake-clock.js';
export * from './fake-generator.js';
export * from './temporary-folder.js';
export * from './thrown-by.js';
