import type { CatalogueEntry } from './error-entry.js';

/** The models' files: finding, fetching, checking. */
export const MODEL_STORE_ERRORS = {
  GRYM_MODEL_FOLDER_INVALID: {
    kind: 'invalid-input',
    message: 'The model at {path} cannot be used: {reason}.',
    remedy: 'Install it again (grym models pull, or grym models add with a folder that is whole); docs/guides/models.md shows the layout.',
  },
  GRYM_MODEL_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no model "{model}".{suggestion}',
    remedy: 'grym models list shows those that can be fetched and those that are installed; grym models add installs others.',
  },
  GRYM_MODEL_NOT_INSTALLED: {
    kind: 'invalid-input',
    message: 'The model {model} is not installed.',
    remedy: 'Install it: {command}.',
  },
  GRYM_MODEL_EXPORT_NEEDED: {
    kind: 'invalid-input',
    message:
      'The model {model} cannot be fetched: nobody publishes it in the form that grym-synth runs, so it is made from its weights on this computer.',
    remedy: '1. {exportCommand}  2. {addCommand}  (docs/guides/export-models.md says what the first one does and needs).',
  },
  GRYM_MODEL_LICENCE: {
    kind: 'invalid-input',
    message: 'The model {model} is under the licence {licence}. {meaning} Its text: {address}',
    remedy: 'Read it, and if you accept it give this command: {command} (at a terminal, grym models pull asks by itself).',
  },
  GRYM_MODEL_BUSY: {
    kind: 'resource',
    message: 'The model {model} is being installed or removed already (by process {processId}).',
    remedy: 'Wait until that has ended, or stop it.',
  },
  GRYM_MODEL_EXISTS: {
    kind: 'invalid-input',
    message: 'There is a model {model} already.',
    remedy: 'Give the new one another name (--id), or remove the old one first: grym models remove {model}.',
  },
  GRYM_MODEL_FILE_DAMAGED: {
    kind: 'model-fault',
    message: 'The file {file} of the model {model} is damaged: {reason}.',
    remedy:
      'Nothing of it was installed. Try again; if it stays so, the source is damaged: use another one (setting modelSource, or grym models add).',
  },
  GRYM_MODEL_SOURCE_REFUSED: {
    kind: 'invalid-input',
    message: '{source} does not give the model {model}: {reason}.',
    remedy: 'Correct the setting modelSource, or get the files in another way and install them: grym models add DIR.',
  },
  GRYM_MODEL_SOURCE_FAILED: {
    kind: 'transient',
    message: 'The model {model} could not be fetched from {source}: {reason}.',
    remedy: 'Try again later: what has arrived is kept, and the same command goes on from there.',
  },
  GRYM_MODEL_SPACE: {
    kind: 'resource',
    message: 'The model {model} needs {neededMegabytes} MB more in {path}, and {freeMegabytes} MB are free.',
    remedy: 'Free some space (grym models remove), or let models lie on another disk: setting modelFolder.',
  },
  GRYM_MODEL_FOLDER_UNWRITABLE: {
    kind: 'resource',
    message: 'The folder {path} cannot be written: {reason}.',
    remedy: 'Give this user the right to write there, or let models lie elsewhere: setting modelFolder.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;
