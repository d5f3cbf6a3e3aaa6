import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { LOG_FORMATS, LOG_LEVELS } from './logger.js';

const folder = z
  .string()
  .min(1)
  .refine((path) => isAbsolute(path), 'must be an absolute path');

const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const webAddress = z.string().refine(isWebAddress, 'expected an address that begins with http:// or https://');
/** Empty: there is none. */
const optionalAddress = z
  .string()
  .refine((text) => text === '' || isWebAddress(text), 'expected an address that begins with http:// or https://');
const optionalFile = z.string().refine((path) => path === '' || isAbsolute(path), 'must be an absolute path');

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
    help: 'Longest time that a generation may go on without progress, loading its model included, 1 to 3600 s. Default: 120.',
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
  modelFolder: {
    environment: 'GRYM_MODEL_DIR',
    flag: '--model-dir',
    help: 'Installed models. Default: models in the data folder.',
  },
  modelThreads: {
    environment: 'GRYM_MODEL_THREADS',
    flag: '--model-threads',
    help: 'Threads of one model while it computes, 0 to 256; never more than all work together may take. 0 = an even share of these for each of concurrentRuns. Default: 0.',
    numeric: true,
  },
  modelIdleSeconds: {
    environment: 'GRYM_MODEL_IDLE_SECONDS',
    flag: '--model-idle-seconds',
    help: 'A model that was not used for so long is unloaded, 1 to 86400 s. Default: 300.',
    numeric: true,
  },
  modelSource: {
    environment: 'GRYM_MODEL_SOURCE',
    flag: '--model-source',
    help: 'Where models are fetched from: the address of the Hugging Face hub or of a mirror of it. Default: https://huggingface.co.',
  },
  remoteGraphs: {
    environment: 'GRYM_REMOTE_GRAPHS',
    flag: '--remote-graphs',
    help: 'Graphs that an Open Inference Protocol v2 server computes: model/graph=address, separated by commas, such as audioldm-s-full-v2/unet=http://gpu:8000/v2/models/unet. Default: none.',
  },
  plannerUrl: {
    environment: 'GRYM_PLANNER_URL',
    flag: '--planner-url',
    help: 'Server that plans, with OpenAI’s chat interface, such as http://127.0.0.1:11434/v1. Default: none.',
  },
  plannerModel: {
    environment: 'GRYM_PLANNER_MODEL',
    flag: '--planner-model',
    help: 'Model of that server. Default: none.',
  },
  plannerKeyFile: {
    environment: 'GRYM_PLANNER_KEY_FILE',
    flag: '--planner-key-file',
    help: 'File with the key of that server, where it asks for one. Default: none.',
  },
  thoughtTokens: {
    environment: 'GRYM_THOUGHT_TOKENS',
    flag: '--thought-tokens',
    help: 'How long a planner may think before it answers, 0 to 32768 tokens. Default: 2048.',
    numeric: true,
  },
  listenerUrl: {
    environment: 'GRYM_LISTENER_URL',
    flag: '--listener-url',
    help: 'Server that listens, with OpenAI’s chat interface and input_audio, such as http://127.0.0.1:8080/v1. Default: none.',
  },
  listenerModel: {
    environment: 'GRYM_LISTENER_MODEL',
    flag: '--listener-model',
    help: 'Model of that server. Default: none.',
  },
  listenerKeyFile: {
    environment: 'GRYM_LISTENER_KEY_FILE',
    flag: '--listener-key-file',
    help: 'File with the key of that server, where it asks for one. Default: none.',
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
  modelFolder: folder,
  modelThreads: z.int().min(0).max(256),
  modelIdleSeconds: z.number().min(1).max(86_400),
  modelSource: webAddress,
  remoteGraphs: z.string().max(10_000),
  plannerUrl: optionalAddress,
  plannerModel: z.string().max(500),
  plannerKeyFile: optionalFile,
  thoughtTokens: z.int().min(0).max(32_768),
  listenerUrl: optionalAddress,
  listenerModel: z.string().max(500),
  listenerKeyFile: optionalFile,
});
export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Omit<Settings, 'dataFolder' | 'runtimeFolder' | 'workflowFolder' | 'ruleFolder' | 'modelFolder'> = {
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
  modelThreads: 0,
  modelIdleSeconds: 300,
  modelSource: 'https://huggingface.co',
  remoteGraphs: '',
  plannerUrl: '',
  plannerModel: '',
  plannerKeyFile: '',
  thoughtTokens: 2_048,
  listenerUrl: '',
  listenerModel: '',
  listenerKeyFile: '',
};
