export { FileBlobStore, type BlobStore, type StoredBlob } from './blob-store.js';
export { assertWritable, lockDataFolder, REQUIRED_FREE_BYTES } from './data-folder.js';
export { openDatabase, type Database, type SqlParameters, type SqlValue } from './database.js';
export { DocumentStore, type Document, type DocumentStoreOptions } from './document-store.js';
export type { DocumentProblem } from './durable-json-file.js';
export { MIGRATIONS } from './migrations.js';
export { openRebuildableDatabase, removeDatabase, type RebuildableDatabase } from './rebuildable-database.js';
