/**
 * Every error that grym-synth can report, in one place. A code is never reused for another meaning.
 * `{name}` in a message or a remedy is filled from the error's details, which the compiler asks for.
 * docs/reference/errors.md is generated from this file (a test compares them).
 */
export const ERROR_KINDS = ['transient', 'timeout', 'resource', 'invalid-input', 'model-fault', 'cancelled', 'fatal'] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** One sentence: what was expected, what came, and where. */
  readonly message: string;
  /** What the user can do about it. */
  readonly remedy: string;
}

export const ERROR_CATALOGUE = {
  // General
  GRYM_INTERNAL: {
    kind: 'fatal',
    message: 'Something failed that should not: {reason}.',
    remedy: 'Please report it with the lines of the log around it; nothing in the library is lost.',
  },
  GRYM_CANCELLED: {
    kind: 'cancelled',
    message: 'Cancelled: {what}.',
    remedy: 'Ask again if it was not meant.',
  },
  GRYM_DEADLINE_EXCEEDED: {
    kind: 'timeout',
    message: '{what} did not finish within {milliseconds} ms.',
    remedy: 'Try again; if it happens often, the computer is overloaded: stop other work or ask for less.',
  },
  GRYM_BUSY: {
    kind: 'resource',
    message: '{waiting} runs are waiting already, which is the limit.',
    remedy: 'Wait until some have ended, cancel some, or raise maximumWaitingRuns.',
  },
  GRYM_SHUTTING_DOWN: {
    kind: 'transient',
    message: 'The daemon is shutting down and takes no new work.',
    remedy: 'Start it again; accepted runs continue then.',
  },

  // Configuration
  GRYM_CONFIGURATION_INVALID: {
    kind: 'invalid-input',
    message: 'The configuration has a mistake. {problems}',
    remedy: 'Correct what is named above; docs/reference/configuration.md lists every setting.',
  },
  GRYM_CONFIGURATION_UNREADABLE: {
    kind: 'invalid-input',
    message: 'The configuration file {path} cannot be read: {reason}.',
    remedy: 'Correct or remove the file, or name another one by GRYM_CONFIG or --config.',
  },
  GRYM_RUNTIME_FOLDER_UNSAFE: {
    kind: 'fatal',
    message: 'The runtime folder {path} cannot be trusted: {reason}.',
    remedy: 'Remove it, or set GRYM_RUNTIME_DIR to a folder of your own that only you can open (mode 0700).',
  },

  // Library and storage
  GRYM_LIBRARY_UNWRITABLE: {
    kind: 'resource',
    message: 'The library cannot be written at {path}: {reason}.',
    remedy: 'Make room or correct the permissions of that folder, or set GRYM_DATA_DIR to another one; what is stored already is safe.',
  },
  GRYM_LIBRARY_IN_USE: {
    kind: 'resource',
    message: 'The library {path} is in use by another daemon (process {processId}).',
    remedy: 'Use that daemon, stop it, or set GRYM_DATA_DIR to another folder.',
  },
  GRYM_DATABASE_NEWER: {
    kind: 'fatal',
    message: 'The database {path} has schema version {found}, and this grym-synth knows up to {known}.',
    remedy: 'Start the newer grym-synth that wrote it, or set GRYM_DATA_DIR to another folder; the file was left untouched.',
  },
  GRYM_DATABASE_DAMAGED: {
    kind: 'fatal',
    message: 'The database {path} is damaged: {reason}.',
    remedy: 'Stop the daemon, move the file away and start again: the clips are indexed anew from their files.',
  },
  GRYM_BLOB_DAMAGED: {
    kind: 'fatal',
    message: 'The file {path} does not have the content that its name promises (SHA-256 {found}).',
    remedy: 'Restore it from a backup, or delete it and generate the clip again with the same prompt and seed.',
  },

  // Clips
  GRYM_CLIP_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no clip {clip} in the library.',
    remedy: 'Ask for the list of clips; a clip is named by its hash or by the first 4 or more characters of it.',
  },
  GRYM_CLIP_AMBIGUOUS: {
    kind: 'invalid-input',
    message: 'More than one clip begins with {clip}: {candidates}.',
    remedy: 'Give more characters of the hash.',
  },
  GRYM_CLIP_MISSING: {
    kind: 'resource',
    message: 'The clip {clip} is in the index, but its file {path} is gone.',
    remedy: 'Put the file back, or generate it again with the same prompt and seed.',
  },
  GRYM_WAV_INVALID: {
    kind: 'invalid-input',
    message: 'This is not a WAV file that grym-synth can read: {reason}.',
    remedy: 'Use an uncompressed float32 WAV file with one or two channels.',
  },

  // Runs
  GRYM_RUN_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no run {runId}.',
    remedy: 'Finished runs are kept for a limited time; the status action lists the runs there are.',
  },
  GRYM_RUN_EXHAUSTED: {
    kind: 'fatal',
    message: 'The run {runId} was interrupted {attempts} times in the step "{step}" and is given up.',
    remedy: 'See the log for what ended the daemon in that step; the request can be made again.',
  },

  // Bridges
  GRYM_BRIDGE_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no bridge {bridge}. Known: {known}.',
    remedy: 'Put the grym bridge plugin on a track, or name one of the bridges there are.',
  },
  GRYM_BRIDGE_ABSENT: {
    kind: 'transient',
    message: 'The bridge {bridge} is not connected.',
    remedy: 'Open the project that holds it; the plugin connects by itself.',
  },
  GRYM_SLOT_FAILED: {
    kind: 'resource',
    message: 'The bridge {bridge} could not load slot {slot}: {reason}.',
    remedy: 'The clip is safe in the library; correct the cause and load it into the slot again.',
  },
  GRYM_SLOT_INVALID: {
    kind: 'invalid-input',
    message: 'Slot {slot} does not exist: a bridge has slots 0 to 15.',
    remedy: 'Give a number from 0 to 15.',
  },
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
