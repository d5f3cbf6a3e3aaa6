import type { CatalogueEntry } from './error-entry.js';

/** Models and the processes in which they run. */
export const MODEL_ERRORS = {
  GRYM_MODEL_HOST_DIED: {
    kind: 'transient',
    message: 'The process of the model {model} ended while it was {what}: {reason}.',
    remedy: 'Try again; if it happens again, see the log for the cause, and grym list-models for what runs.',
  },
  GRYM_MODEL_HOST_RESTING: {
    kind: 'resource',
    message: 'The process of the model {model} has ended {failures} times in a row and was not started again: {reason}.',
    remedy: 'See the log for the cause; the next request after {seconds} s tries once more.',
  },
  GRYM_MODEL_HOST_BUSY: {
    kind: 'resource',
    message: 'The model {model} has {waiting} requests waiting already, which is the limit.',
    remedy: 'Wait until some have ended, or cancel some.',
  },
  GRYM_MODEL_HOSTS_UNAVAILABLE: {
    kind: 'fatal',
    message: 'Models cannot run in processes of their own here: {reason}.',
    remedy: 'Run npm start once more: it builds what is missing. On other systems than Linux, use models on servers.',
  },
  GRYM_MODEL_MEMORY: {
    kind: 'resource',
    message: 'The model {model} took {taken} MB of memory, and {allowed} MB were counted for it.',
    remedy: 'Ask for less (a shorter clip, fewer candidates), or raise workMemoryMegabytes.',
  },
  GRYM_MODEL_TASK_INVALID: {
    kind: 'invalid-input',
    message: 'The model {model} cannot do this: {reason}.',
    remedy: 'Ask for something that the model can do; docs/guides/models.md says what each one does.',
  },
  GRYM_MODEL_PROMPT_TOO_LONG: {
    kind: 'invalid-input',
    message: 'The model {model} reads at most {allowed} tokens at once; the prompt of {tokens} and the answer do not fit.',
    remedy: 'Say it shorter, or use a model with a longer context.',
  },
  GRYM_MODEL_FAULT: {
    kind: 'model-fault',
    message: 'The model {model} failed: {reason}.',
    remedy: 'Try again; grym models doctor says whether the model works at all.',
  },
  GRYM_PROVIDER_GONE: {
    kind: 'transient',
    message: 'The {role} "{provider}" that was chosen is not there any more.',
    remedy: 'Try again: another one is taken, where there is one; grym list-providers shows them.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;
