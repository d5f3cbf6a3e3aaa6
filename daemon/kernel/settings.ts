import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { LOG_FORMATS, LOG_LEVELS } from './logger.js';

const folder = z
  .string()
  .min(1)
  .refine((path) => isAbsolute(path), 'must be an absolute path');

/** One setting, wherever it is given. */
export interface Setting {
  readonly environment: string;
  readonly flag: string;
  readonly help: string;
  /** Texts from the environment and from flags become numbers. */
  readonly numeric?: true;
}

/** Every setting of the daemon: its name in the file, in the environment and as a flag. */
export const SETTINGS = {
  dataFolder: {
    environment: 'GRYM_DATA_DIR',
    flag: '--data-dir',
    help: 'Library: clips and database. Default: $XDG_DATA_HOME/grym-synth, else ~/.local/share/grym-synth.',
  },
  runtimeFolder: {
    environment: 'GRYM_RUNTIME_DIR',
    flag: '--runtime-dir',
    help: 'Where plugins find the daemon. Default: $XDG_RUNTIME_DIR/grym-synth, else /tmp/grym-synth-<user id>.',
  },
  port: {
    environment: 'GRYM_PORT',
    flag: '--port',
    help: 'TCP port on 127.0.0.1, 0 to 65535; 0 = any free one. Default: 14796.',
    numeric: true,
  },
  logLevel: {
    environment: 'GRYM_LOG_LEVEL',
    flag: '--log-level',
    help: 'debug, info, warn, error or silent. Default: info.',
  },
  logFormat: {
    environment: 'GRYM_LOG_FORMAT',
    flag: '--log-format',
    help: 'json (one object per line) or plain. Default: plain.',
  },
  sampleRate: {
    environment: 'GRYM_SAMPLE_RATE',
    flag: '--sample-rate',
    help: 'Rate of clips made for no bridge in particular, 8000 to 768000 Hz. Default: 48000.',
    numeric: true,
  },
  concurrentRuns: {
    environment: 'GRYM_CONCURRENT_RUNS',
    flag: '--concurrent-runs',
    help: 'Runs that generate at the same time, 1 to 16. Default: 1.',
    numeric: true,
  },
  maximumWaitingRuns: {
    environment: 'GRYM_MAXIMUM_WAITING_RUNS',
    flag: '--maximum-waiting-runs',
    help: 'Runs that may wait for their turn, 1 to 10000; further ones are refused. Default: 32.',
    numeric: true,
  },
  generateDeadlineSeconds: {
    environment: 'GRYM_GENERATE_DEADLINE_SECONDS',
    flag: '--generate-deadline-seconds',
    help: 'Longest time for one generation, 1 to 3600 s. Default: 120.',
    numeric: true,
  },
  slotDeadlineSeconds: {
    environment: 'GRYM_SLOT_DEADLINE_SECONDS',
    flag: '--slot-deadline-seconds',
    help: 'Longest time a bridge may take to load a clip, 1 to 600 s. Default: 15.',
    numeric: true,
  },
  finishedRunsKept: {
    environment: 'GRYM_FINISHED_RUNS_KEPT',
    flag: '--finished-runs-kept',
    help: 'Finished runs that stay readable, 10 to 1000000; older ones are forgotten, their clips stay. Default: 1000.',
    numeric: true,
  },
  workflowFolder: {
    environment: 'GRYM_WORKFLOW_DIR',
    flag: '--workflow-dir',
    help: 'Your own workflows, one YAML file each. Default: workflows in the folder of the configuration file.',
  },
  ruleFolder: {
    environment: 'GRYM_RULE_DIR',
    flag: '--rule-dir',
    help: 'Your own context rules, YAML files. Default: rules in the folder of the configuration file.',
  },
  workThreads: {
    environment: 'GRYM_WORK_THREADS',
    flag: '--work-threads',
    help: 'Threads that all work together may take, 0 to 256, and one core stays free; 0 = half the cores, but one for each of concurrentRuns. Default: 0.',
    numeric: true,
  },
  workMemoryMegabytes: {
    environment: 'GRYM_WORK_MEMORY_MEGABYTES',
    flag: '--work-memory-megabytes',
    help: 'Memory that all work together may take, 0 to 10000000 MB; 0 = half of the memory. Default: 0.',
    numeric: true,
  },
  cacheMegabytes: {
    environment: 'GRYM_CACHE_MEGABYTES',
    flag: '--cache-megabytes',
    help: 'Remembered results of steps, 0 to 100000 MB; 0 = none are. Clips are not counted, they stay anyway. Default: 64.',
    numeric: true,
  },
} as const satisfies Record<string, Setting>;
export type SettingName = keyof typeof SETTINGS;

/** What the settings must be, with the words for the user. */
export const settingsSchema = z.strictObject({
  dataFolder: folder,
  runtimeFolder: folder,
  port: z.int().min(0).max(65_535),
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  sampleRate: z.number().min(8_000).max(768_000),
  concurrentRuns: z.int().min(1).max(16),
  maximumWaitingRuns: z.int().min(1).max(10_000),
  generateDeadlineSeconds: z.number().min(1).max(3_600),
  slotDeadlineSeconds: z.number().min(1).max(600),
  finishedRunsKept: z.int().min(10).max(1_000_000),
  workflowFolder: folder,
  ruleFolder: folder,
  workThreads: z.int().min(0).max(256),
  workMemoryMegabytes: z.int().min(0).max(10_000_000),
  cacheMegabytes: z.number().min(0).max(100_000),
});
export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Omit<Settings, 'dataFolder' | 'runtimeFolder' | 'workflowFolder' | 'ruleFolder'> = {
  port: 14_796,
  logLevel: 'info',
  logFormat: 'plain',
  sampleRate: 48_000,
  concurrentRuns: 1,
  maximumWaitingRuns: 32,
  generateDeadlineSeconds: 120,
  slotDeadlineSeconds: 15,
  finishedRunsKept: 1_000,
  workThreads: 0,
  workMemoryMegabytes: 0,
  cacheMegabytes: 64,
};
