export * from './audio-context.js';
export { AudioContextAdapter, compareItems, MAXIMUM_ALTERNATIVES, scopesAround } from './audio-context-adapter.js';
export { checkItem, checkItems } from './check-items.js';
export * from './context-item.js';
export * from './hooks.js';
export * from './known-fields.js';
export * from './rules/index.js';
export * from './store/index.js';
export * from './create-context.js';
