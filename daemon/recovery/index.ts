export { DEFAULT_RUN_RETRIES, runRetryBudget, type RunRetryBudget } from './run-retry-budget.js';
