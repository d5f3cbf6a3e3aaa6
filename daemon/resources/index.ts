export type { Lease, LeaseRequest, LedgerUsage, ResourceLedger } from './ledger.js';
