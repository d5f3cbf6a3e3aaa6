export { ContextStore, type ContextStatistics, type ContextStoreOptions } from './context-store.js';
export { MAXIMUM_QUERY_LIMIT, type ContextPage, type ContextQuery } from './query.js';
export { contextDocumentSchema, type ContextDocument } from './stored-context.js';
