import type { CatalogueEntry } from './error-entry.js';
import { MODEL_ERRORS } from './model-error-catalogue.js';
import { MODEL_STORE_ERRORS } from './model-store-error-catalogue.js';
import { SERVER_ERRORS } from './server-error-catalogue.js';

export { ERROR_KINDS, type CatalogueEntry, type ErrorKind } from './error-entry.js';

/**
 * Every error that grym-synth can report, in one place. A code is never reused for another meaning.
 * `{name}` in a message or a remedy is filled from the error's details, which the compiler asks for.
 * docs/reference/errors.md is generated from this file and those it gathers (a test compares them).
 */
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
  GRYM_STALLED: {
    kind: 'timeout',
    message: '{what} made no progress for {milliseconds} ms.',
    remedy:
      'Try again; if it happens often, the computer is too slow for this model: raise generateDeadlineSeconds, or choose a smaller model.',
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
  GRYM_DOCUMENT_IN_USE: {
    kind: 'fatal',
    message: 'The document {path} is open already, and may have one writer only.',
    remedy: 'Please report it with the lines of the log around it; nothing was written.',
  },

  // Context of a run
  GRYM_CONTEXT_ITEM_INVALID: {
    kind: 'invalid-input',
    message: 'The context cannot take the item "{field}": {reason}.',
    remedy: 'docs/reference/context.md lists the known fields with their units and ranges; correct the step or the request that said it.',
  },
  GRYM_CONTEXT_LOST: {
    kind: 'fatal',
    message:
      'The context of the run {runId} cannot be read: both copies of its document are damaged or gone, and so is its entry in the index.',
    remedy: 'Restore contexts/{runId}.json from a backup, or run it again; clips and results are not touched.',
  },
  GRYM_CONTEXT_QUERY_INVALID: {
    kind: 'invalid-input',
    message: 'The query of the context cannot be answered: {reason}.',
    remedy: 'docs/reference/context.md says what a query may hold.',
  },
  GRYM_CONTEXT_RULES_INVALID: {
    kind: 'invalid-input',
    message: 'Context rules have {count} mistakes. {problems}',
    remedy: 'Correct what is named above; docs/guides/context-rules.md shows how rules are written.',
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
  GRYM_RUN_DEADLINE: {
    kind: 'timeout',
    message: 'The run {runId} was to end by {deadline} and had not ended then; it was to be on time or not at all.',
    remedy: 'Ask again with a later deadline, a higher priority, or for less.',
  },
  GRYM_RUN_NOT_WAITING: {
    kind: 'invalid-input',
    message: 'The run {runId} waits for no decision{where}.',
    remedy: 'The action show-run tells what a run waits for; a decision that was made stands.',
  },
  GRYM_STEP_UNKNOWN: {
    kind: 'invalid-input',
    message: 'The run {runId} has no step "{path}". Its steps: {known}.',
    remedy: 'Name one of the steps that the run has begun, as show-run lists them.',
  },
  GRYM_STEP_PARAMETERS: {
    kind: 'invalid-input',
    message: 'The step "{step}" cannot take these parameters: {problems}',
    remedy: 'Correct what is named above; grym list-steps {step} tells what the step takes.',
  },
  GRYM_HISTORY_ABSENT: {
    kind: 'invalid-input',
    message: 'The run {runId} was made by a release that recorded no history.',
    remedy: 'Make the run again by its inputs; runs of this release have a history.',
  },
  GRYM_HISTORY_UNWRITABLE: {
    kind: 'invalid-input',
    message: 'The history cannot be written to {path}: {reason}.',
    remedy: 'Name another file, in a folder that you may write to.',
  },
  GRYM_WORKFLOW_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no workflow "{workflow}".{suggestion}',
    remedy: 'Known workflows: {known}.',
  },
  GRYM_WORKFLOW_INVALID: {
    kind: 'invalid-input',
    message: 'The workflow {workflow} has mistakes:{mistakes}',
    remedy: 'Correct what is named above; grym workflow validate checks a file without running it.',
  },
  GRYM_CAPABILITY_UNAVAILABLE: {
    kind: 'resource',
    message: '{what} needs {capability}, which nothing provides now. It would be provided by {by}.',
    remedy: 'Install or start what would provide it, or choose a workflow that does without.',
  },
  GRYM_RUN_AMBIGUOUS: {
    kind: 'invalid-input',
    message: 'More than one run is called {run}: {known}.',
    remedy: 'Give more characters of the id.',
  },
  GRYM_RUN_EXHAUSTED: {
    kind: 'fatal',
    message: 'The run {runId} was interrupted {attempts} times in the step "{step}" and is given up.',
    remedy: 'See the log for what ended the daemon in that step; the request can be made again.',
  },

  // Threads and memory
  GRYM_RESOURCE_IMPOSSIBLE: {
    kind: 'resource',
    message: 'Asked for were {asked}; all that work may ever take is {budget}.',
    remedy: 'Ask for less (fewer candidates, fewer bars), or raise workThreads or workMemoryMegabytes.',
  },
  GRYM_RESOURCE_TIMEOUT: {
    kind: 'resource',
    message: '{asked} did not become free within {milliseconds} ms; {leases} other pieces of work hold {leased}.',
    remedy: 'Wait until other runs have ended, cancel some, or raise workThreads or workMemoryMegabytes.',
  },

  // Steps
  GRYM_STEP_INPUT_INVALID: {
    kind: 'invalid-input',
    message: 'The step "{step}" was asked for something that it cannot do: {problems}.',
    remedy: 'Correct what is named above in the workflow or in the inputs; docs/reference/steps.md lists what each step takes.',
  },
  GRYM_STEP_OUTPUT_INVALID: {
    kind: 'model-fault',
    message: 'The step "{step}" gave a result that is not what it promises: {problems}.',
    remedy: 'Try again, with another provider where there is one; if it happens again, please report the run.',
  },
  GRYM_STEP_UNREACHABLE: {
    kind: 'transient',
    message: 'The step "{step}" did not reach what it works with: {reason}.',
    remedy: 'See whether the server or program that it names runs, then go on from this step.',
  },
  GRYM_STEP_STARVED: {
    kind: 'resource',
    message: 'The step "{step}" lacks something of this computer: {reason}.',
    remedy: 'Make room on the disk, in memory or among the open files, then go on from this step.',
  },
  GRYM_STEP_FILE_MISSING: {
    kind: 'invalid-input',
    message: 'The step "{step}" needs a file or folder that it cannot open: {reason}.',
    remedy: 'Put the file there or correct its name or its permissions, then go on from this step.',
  },
  GRYM_STEP_GIVEN_UP: {
    kind: 'cancelled',
    message: 'The step "{step}" was given up as you answered. {reason}',
    remedy: 'Go on from this step when the cause is gone.',
  },
  GRYM_PROVIDER_RESTING: {
    kind: 'transient',
    message: 'The provider "{provider}" failed {failures} times in a row and rests for {seconds} s more.',
    remedy:
      'Wait, or see its last error by `grym list-providers`. Where the cause is gone, `grym retry-provider {provider}` ends the rest.',
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
  GRYM_SLOTS_FULL: {
    kind: 'invalid-input',
    message: 'All 16 slots of the bridge {bridge} are taken.',
    remedy: 'Name the slot that may be replaced, or clear one.',
  },

  // Slots and commands of a bridge
  GRYM_BRIDGE_AMBIGUOUS: {
    kind: 'invalid-input',
    message: 'There are {count} bridges that could be meant: {known}.',
    remedy: 'Name one of them; where two have the same name, use the id in parentheses.',
  },
  GRYM_BRIDGE_WITHOUT_SEGMENT: {
    kind: 'resource',
    message: 'The bridge {bridge} cannot be commanded: it has no shared audio segment ({reason}).',
    remedy: 'Make room in /dev/shm and load the plugin again; its slots can still be launched by MIDI notes 36 to 51.',
  },
  GRYM_BRIDGE_NOT_PROCESSING: {
    kind: 'transient',
    message: 'The bridge {bridge} takes no more commands: its host does not process audio at the moment.',
    remedy: 'Start the audio engine of the host, or enable the track or the plugin.',
  },
  GRYM_BRIDGE_REPLACED: {
    kind: 'transient',
    message: 'The bridge {bridge} has connected anew; this connection is the old one.',
    remedy: 'Nothing needs to be done.',
  },
  GRYM_SLOT_EMPTY: {
    kind: 'invalid-input',
    message: 'Slot {slot} of the bridge {bridge} holds no clip that is ready to play.',
    remedy: 'Load a clip into it first; list-bridges shows what the slots hold.',
  },
  GRYM_NO_MUSICAL_POSITION: {
    kind: 'transient',
    message: 'Slot {slot} of the bridge {bridge} was not launched: its host tells no metre or position, so there is no line to wait for.',
    remedy: 'Launch it now ("now"), set the quantise of the plugin to none, or start the transport of the host.',
  },
  GRYM_COMMAND_REFUSED: {
    kind: 'invalid-input',
    message: 'The plugin of the bridge {bridge} refused the command "{command}": {reason}.',
    remedy: 'Install the bridge plugin and the daemon from the same version (npm run install-plugin), then reopen the project.',
  },
  GRYM_TRANSPORT_UNKNOWN: {
    kind: 'transient',
    message: 'The host of the bridge {bridge} has not told its song position yet, so a bar number means nothing there.',
    remedy: 'Start the transport of the host once, or give a position in quarter notes.',
  },

  // Captures
  GRYM_CAPTURE_OFF: {
    kind: 'resource',
    message: 'The bridge {bridge} has no capture to take from: {reason}.',
    remedy: 'Make room in /dev/shm and load the plugin again; then play, and take the capture.',
  },
  GRYM_CAPTURE_SHORT: {
    kind: 'invalid-input',
    message: 'Asked for the last {wanted} s of the bridge {bridge}, which has captured {available} s that could be taken.',
    remedy: 'Play on and ask again, ask for less, or take what there is (whenShort: take).',
  },
  GRYM_CAPTURE_SILENT: {
    kind: 'invalid-input',
    message: 'What the bridge {bridge} has captured is silent (its highest sample is {peak} dBFS).',
    remedy: 'Check that the bridge lies behind the instrument on the track and that the track is played or monitored; then ask again.',
  },
  GRYM_CAPTURE_GONE: {
    kind: 'resource',
    message: 'The frames of the bridge {bridge} that were asked for are gone: {reason}.',
    remedy: 'Ask again for a new capture; a longer capture ring (settings of the plugin) keeps more.',
  },
  GRYM_CAPTURE_STALLED: {
    kind: 'timeout',
    message: 'The bridge {bridge} has not captured the last {missing} frames of the take: its host does not process audio at the moment.',
    remedy: 'Start the audio engine of the host, or enable the track or the plugin; then ask again.',
  },
  GRYM_CAPTURE_UNREADABLE: {
    kind: 'transient',
    message: 'The capture of the bridge {bridge} could not be read: what its plugin has written does not fit together ({reason}).',
    remedy: 'Ask again; if it stays so, load the plugin again.',
  },

  // Steps on clips
  GRYM_CLIP_SILENT: {
    kind: 'invalid-input',
    message: 'The clip {clip} is silent, so {what}.',
    remedy: 'Choose a clip in which something sounds.',
  },
  GRYM_FIT_IMPOSSIBLE: {
    kind: 'invalid-input',
    message: 'The clip {clip} cannot be fitted: {reason}.',
    remedy: 'Correct or leave out the target that is named, or give the fact of the clip that is missing.',
  },
  GRYM_IMPORT_PATH: {
    kind: 'invalid-input',
    message: 'The file {path} cannot be imported: {reason}.',
    remedy: 'Give the full path of a WAV, AIFF, FLAC or OGG file with one or two channels.',
  },
  GRYM_EXPORT_PATH: {
    kind: 'invalid-input',
    message: 'Nothing can be exported to {path}: {reason}.',
    remedy: 'Give the full path of a folder; it is made where it is not there.',
  },
  GRYM_PLAN_IMPOSSIBLE: {
    kind: 'invalid-input',
    message: 'No workflow could be planned for "{request}": {reason}.',
    remedy: 'Say what to make or to do, and name the clip or the bridge that it is about; grym workflow list shows what there is.',
  },
  GRYM_PLAN_GIVEN_UP: {
    kind: 'invalid-input',
    message: 'Nothing came of "{request}": {reason}. The planner tries nothing else: {judgement}.',
    remedy: 'Say it in other words, cure what failed, or ask with review and change the plan before it is carried out.',
  },
  GRYM_DECISION_INVALID: {
    kind: 'invalid-input',
    message: 'The answer "{answer}" does not fit the question: {reason}.',
    remedy: 'Answer with the ids that were offered.',
  },

  // Actions and requests
  GRYM_ACTION_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no action "{action}".{suggestion}',
    remedy: 'Known actions: {known}.',
  },
  GRYM_ACTION_PARAMETERS: {
    kind: 'invalid-input',
    message: '{action}: {problems}',
    remedy: 'docs/reference/actions.md lists every parameter; on the command line: grym {action} --help.',
  },
  GRYM_REQUEST_TOO_MANY: {
    kind: 'resource',
    message: 'Too many requests at once: a client may have {maximumParallel} under way, and a bounded number each second.',
    remedy: 'Wait for replies before asking again.',
  },
  GRYM_REQUEST_DUPLICATE: {
    kind: 'invalid-input',
    message: 'A request with the id {id} is still under way.',
    remedy: 'Give each request of a connection its own id.',
  },
  GRYM_RESULT_UNSENDABLE: {
    kind: 'resource',
    message: 'The result could not be sent: {reason}',
    remedy: 'Ask for less at once, for example with a smaller limit.',
  },

  // Connections
  GRYM_MESSAGE_MALFORMED: {
    kind: 'invalid-input',
    message: 'A message could not be taken: {reason}.',
    remedy: 'Send what protocol/README.md describes; both ends must be of the same grym-synth.',
  },
  GRYM_TOKEN_WRONG: {
    kind: 'invalid-input',
    message: 'The token is wrong.',
    remedy: 'Use the text of the token file that daemon.json names; only the user who runs the daemon can read it.',
  },
  GRYM_ADDRESS_FORBIDDEN: {
    kind: 'invalid-input',
    message: 'The request was refused: {reason}.',
    remedy: 'Only programs on this computer may ask, by the loopback address, not from the page of a web site.',
  },
  GRYM_PROTOCOL_UNSUPPORTED: {
    kind: 'invalid-input',
    message: 'The daemon speaks protocol {daemon}, the client {client}.',
    remedy: 'Update the older of the two; for the plugin: npm run install-plugin, then load it again.',
  },
  GRYM_IDENTIFY_TIMEOUT: {
    kind: 'timeout',
    message: 'The client did not identify itself within {milliseconds} ms.',
    remedy: 'Send identify right after hello.',
  },
  GRYM_CLIENT_TOO_SLOW: {
    kind: 'resource',
    message: 'The client reads too slowly: {unsentBytes} bytes wait for it.',
    remedy: 'Connect again, read faster, or subscribe to fewer classes of events.',
  },
  GRYM_CLIENTS_TOO_MANY: {
    kind: 'resource',
    message: 'There are {count} connections already, which is the limit.',
    remedy: 'Close some programs that are connected to the daemon.',
  },

  // Starting the daemon and reaching it
  GRYM_PORT_TAKEN: {
    kind: 'resource',
    message: 'Port {port} is taken by {owner}.',
    remedy: 'Stop that program, or choose another port by GRYM_PORT or --port (0 = any free one).',
  },
  GRYM_DAEMON_RUNNING: {
    kind: 'invalid-input',
    message: 'A daemon runs already (process {processId}, port {port}).',
    remedy: 'Use it: grym status. Or stop it first: grym shutdown.',
  },
  GRYM_DAEMON_ABSENT: {
    kind: 'transient',
    message: 'No daemon runs (looked in {folder}).',
    remedy: 'Start one: npm start, or grym daemon. It stays in the foreground until Ctrl-C.',
  },
  GRYM_DAEMON_LOST: {
    kind: 'transient',
    message: 'The connection to the daemon ended: {reason}.',
    remedy: 'See whether it still runs: grym status. An accepted run continues when it is started again.',
  },
  GRYM_USAGE: {
    kind: 'invalid-input',
    message: '{problem}',
    remedy: 'See grym --help, or grym <command> --help.',
  },

  // Audio segment
  GRYM_SEGMENT_ABSENT: {
    kind: 'transient',
    message: 'The audio segment {segment} cannot be opened: {reason}',
    remedy: 'The plugin makes a new one when it connects again; if it stays so, remove the plugin from the track and add it again.',
  },
  GRYM_SEGMENT_INVALID: {
    kind: 'invalid-input',
    message: 'The audio segment {segment} cannot be used: {reason}',
    remedy: 'Install the bridge plugin and the daemon from the same version (npm run install-plugin), then reopen the project.',
  },
  GRYM_SEGMENT_ATTACHED: {
    kind: 'invalid-input',
    message: 'The audio segment {segment} is attached already.',
    remedy: 'Two bridges announced the same segment: remove one of the two plugins and add it again.',
  },
  GRYM_SEGMENT_DETACHED: {
    kind: 'invalid-input',
    message: 'The audio segment {segment} is detached.',
    remedy: 'Wait until the bridge has connected again.',
  },
  GRYM_SEGMENT_COMMAND_INVALID: {
    kind: 'invalid-input',
    message: 'The command "{command}" for the audio segment {segment} is out of range.',
    remedy: 'Give a slot from 0 to 15, 1 to 64 bars, a gain from -90 to 12 dB and finite positions.',
  },
  GRYM_SEGMENT_MODULE_MISSING: {
    kind: 'fatal',
    message: 'The native module {path} cannot be loaded: {reason}.',
    remedy: 'Run npm start once more: it builds what is missing.',
  },

  // Prompts and the built-in generator
  GRYM_PROMPT_EMPTY: {
    kind: 'invalid-input',
    message: 'The prompt is empty.',
    remedy: 'Say what to make, for example: dark analog bass loop, 120 bpm, 2 bars, A minor.',
  },
  GRYM_PROMPT_TEMPO_IMPOSSIBLE: {
    kind: 'invalid-input',
    message: 'A tempo of {tempo} bpm was asked for; possible are {minimum} to {maximum}.',
    remedy: 'Give a tempo within that range, or none.',
  },
  GRYM_PROMPT_BARS_IMPOSSIBLE: {
    kind: 'invalid-input',
    message: 'A length of {bars} bars was asked for; possible are 1 to {maximum} whole bars.',
    remedy: 'Give a number of bars within that range, or none.',
  },
  GRYM_PROMPT_METRE_IMPOSSIBLE: {
    kind: 'invalid-input',
    message: 'There is no metre {metre}: the upper number is 1 to 64, the lower 1, 2, 4, 8, 16 or 32.',
    remedy: 'Write a metre such as 4/4, 7/8 or 6/8, or none.',
  },
  GRYM_PROMPT_KEY_UNKNOWN: {
    kind: 'invalid-input',
    message: 'There is no key "{key}".',
    remedy: 'Write a key such as A minor, F# dorian, Bb major or Cm; scales: {scales}.',
  },
  GRYM_PROMPT_TOO_LONG: {
    kind: 'invalid-input',
    message: 'The clip would last {seconds} s; the longest is {maximum} s.',
    remedy: 'Ask for fewer bars or a faster tempo.',
  },
  GRYM_HOST_TEMPO_UNUSABLE: {
    kind: 'invalid-input',
    message: 'The host of the bridge {bridge} runs at {tempo} bpm; clips can be made for {minimum} to {maximum} bpm.',
    remedy: 'Name the tempo of the clip yourself, in the prompt ("…, 120 bpm") or as tempoBpm (--tempo-bpm), or change the host\'s.',
  },
  GRYM_HOST_METRE_UNUSABLE: {
    kind: 'invalid-input',
    message: 'The host of the bridge {bridge} is in {metre}; clips can be made for 1 to 64 over 1, 2, 4, 8, 16 or 32.',
    remedy: 'Name the metre of the clip yourself, in the prompt ("… in 4/4") or as metre (--metre), or change the host\'s.',
  },
  GRYM_GENERATOR_MODULE_MISSING: {
    kind: 'fatal',
    message: 'The native module {path} cannot be loaded: {reason}.',
    remedy: 'Run npm start once more: it builds what is missing.',
  },
  GRYM_GENERATOR_FAILED: {
    kind: 'model-fault',
    message: 'The built-in generator failed: {reason}.',
    remedy: 'Try again; if it fails with the same prompt and seed, please report both.',
  },
  GRYM_GENERATOR_UNAVAILABLE: {
    kind: 'resource',
    message: 'The built-in generator has stopped {failures} times in a row and was not started again: {reason}.',
    remedy: 'See the log for the cause; the next request after {seconds} s tries once more.',
  },

  // Offline work on audio
  GRYM_AUDIO_FILE_UNREADABLE: {
    kind: 'invalid-input',
    message: 'The audio file {path} cannot be read: {reason}.',
    remedy: 'Give a WAV, AIFF, FLAC or OGG file with one or two channels.',
  },
  GRYM_EXPORT_UNWRITABLE: {
    kind: 'resource',
    message: 'The audio file {path} cannot be written: {reason}.',
    remedy: 'Make room, correct the permissions of that folder, or name another place; the clip itself is safe in the library.',
  },
  GRYM_WORKSHOP_REFUSED: {
    kind: 'invalid-input',
    message: 'The audio cannot be worked on: {reason}.',
    remedy: 'Ask with values in the range that is named above.',
  },
  GRYM_WORKSHOP_MODULE_MISSING: {
    kind: 'fatal',
    message: 'The native module {path} cannot be loaded: {reason}.',
    remedy: 'Run npm start once more: it installs and builds what is missing.',
  },
  GRYM_WORKSHOP_FAILED: {
    kind: 'model-fault',
    message: 'The work on the audio failed: {reason}.',
    remedy: 'Try again; if it fails with the same audio, please report it with that audio.',
  },
  GRYM_WORKSHOP_MEMORY: {
    kind: 'resource',
    message: 'There is not enough memory for this work on the audio.',
    remedy: 'Work on a shorter piece, or close other programs.',
  },
  GRYM_WORKSHOP_UNAVAILABLE: {
    kind: 'resource',
    message: 'The work on audio has stopped {failures} times in a row and was not started again: {reason}.',
    remedy: 'See the log for the cause; the next request after {seconds} s tries once more.',
  },

  // Workflow documents
  GRYM_WORKFLOW_INPUTS: {
    kind: 'invalid-input',
    message: 'The inputs of the workflow {workflow} do not fit. {problems}',
    remedy: 'Give the inputs as named above; grym show-workflow {workflow} lists them.',
  },
  GRYM_WORKFLOW_EXPRESSION: {
    kind: 'invalid-input',
    message: 'The expression "{expression}" of {path} has no value: {reason}.',
    remedy: 'Correct the expression in the workflow, or give inputs that it can work with.',
  },
  GRYM_WORKFLOW_VALUE: {
    kind: 'invalid-input',
    message: '{path} got a value that does not fit: {reason}.',
    remedy: 'Give inputs that lead to a value that fits, or correct the workflow.',
  },
  GRYM_WORKFLOW_FILE_UNREADABLE: {
    kind: 'invalid-input',
    message: 'The workflow file {path} cannot be read: {reason}.',
    remedy: 'Name a YAML file that you may read.',
  },

  // Models, their files, and servers that compute for grym-synth
  ...MODEL_ERRORS,
  ...MODEL_STORE_ERRORS,
  ...SERVER_ERRORS,
} as const satisfies Record<`GRYM_${string}`, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
