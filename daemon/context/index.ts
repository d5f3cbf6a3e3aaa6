export * from './audio-context.js';
export * from './context-item.js';
export * from './hooks.js';
