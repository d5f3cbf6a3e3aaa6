import { availableParallelism, totalmem } from 'node:os';

/** What all work together may take. */
export interface WorkBudget {
  readonly threads: number;
  readonly memoryBytes: number;
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface BudgetSettings {
  /** 0 = half the cores. */
  readonly workThreads: number;
  /** 0 = half the memory. */
  readonly workMemoryMegabytes: number;
}

/** This computer, or as much of it as the container that the daemon runs in may use. */
export function thisMachine(): Machine {
  const allowed = process.constrainedMemory();
  return { cores: availableParallelism(), memoryBytes: allowed > 0 ? Math.min(allowed, totalmem()) : totalmem() };
}

/** Half of the machine unless the settings say otherwise; of several cores at least one always stays the host's. */
export function workBudget(settings: BudgetSettings, machine: Machine = thisMachine()): WorkBudget {
  const wantedThreads = settings.workThreads > 0 ? settings.workThreads : Math.floor(machine.cores / 2);
  const wantedBytes = settings.workMemoryMegabytes > 0 ? settings.workMemoryMegabytes * 1e6 : machine.memoryBytes / 2;
  return {
    threads: Math.max(1, Math.min(wantedThreads, machine.cores - 1)),
    memoryBytes: Math.floor(Math.min(wantedBytes, machine.memoryBytes)),
  };
}
