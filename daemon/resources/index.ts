export { thisMachine, workBudget, type BudgetSettings, type Machine, type WorkBudget } from './budget.js';
export type { Lease, LeaseNeed, LeaseRequest, LedgerUsage, ResourceLedger } from './ledger.js';
export { LocalLedger, PRIORITY_STEP_MS, type LocalLedgerOptions } from './local-ledger.js';
