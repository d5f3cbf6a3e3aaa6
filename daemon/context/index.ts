export * from './context-item.js';
