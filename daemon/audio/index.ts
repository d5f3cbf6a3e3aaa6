export * from './bridges.js';
