/** Context items: journal and index. */
export const CONTEXT_SCHEMA = '';
