/** Circuit breakers. */
export const RECOVERY_SCHEMA = '';
