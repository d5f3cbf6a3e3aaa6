// Debian and Ubuntu packages, in two lists: what running needs, and what only `npm test` needs. `megabytes` is the disk that the
// package took with its dependencies on an otherwise empty Debian 12, counted in this order.

/** @typedef {{ name: string, why: string, megabytes: number }} DebianPackage */

/** @type {DebianPackage[]} */
export const runtimePackages = [
  { name: 'g++', why: 'compiles the audio engine, the plugin and the SQLite driver', megabytes: 259 },
  { name: 'make', why: 'runs those builds', megabytes: 2 },
  { name: 'cmake', why: 'describes those builds', megabytes: 84 },
  { name: 'pkg-config', why: 'finds the libraries below', megabytes: 1 },
  { name: 'python3', why: 'node-gyp, which builds the SQLite driver, is written for it', megabytes: 24 },
  { name: 'dpf-source', why: 'the plugin framework: LV2, VST3 and CLAP from one source', megabytes: 9 },
  { name: 'libmsgpack-cxx-dev', why: "the plugin's MessagePack codec (headers only)", megabytes: 1 },
  { name: 'libboost-dev', why: "the plugin's WebSocket, and headers of the codec", megabytes: 147 },
  { name: 'nlohmann-json3-dev', why: "JSON of the plugin's project state (headers only)", megabytes: 2 },
  { name: 'libsamplerate0-dev', why: 'converts sample rates in the plugin', megabytes: 2 },
  { name: 'libsoxr-dev', why: 'converts sample rates in the daemon', megabytes: 1 },
  { name: 'libkissfft-dev', why: 'spectra, for the analysis of audio', megabytes: 1 },
  { name: 'libsoundtouch-dev', why: 'changes tempo and pitch of audio', megabytes: 1 },
  { name: 'libsndfile1-dev', why: 'reads and writes WAV, AIFF, FLAC and OGG files', megabytes: 10 },
  { name: 'patch', why: 'applies our changes to the plugin framework', megabytes: 1 },
];

/** @type {DebianPackage[]} */
export const testPackages = [
  { name: 'doctest-dev', why: 'C++ unit tests', megabytes: 1 },
  { name: 'libebur128-dev', why: "reference loudness meter that the generator's own is held against", megabytes: 1 },
  { name: 'ardour', why: 'the DAW of the host tests', megabytes: 360 },
  { name: 'jalv', why: 'LV2 host of the MIDI test', megabytes: 266 },
  { name: 'lv2-dev', why: 'LV2 headers and specifications, for the LV2 test host and lv2_validate', megabytes: 4 },
  { name: 'sordi', why: 'lv2_validate runs on it', megabytes: 1 },
  { name: 'sox', why: "soxi's own view of a clip's format", megabytes: 4 },
  { name: 'sndfile-programs', why: "libsndfile's own view of a clip's loop and tempo, as Ardour reads it", megabytes: 1 },
  { name: 'jackd2', why: 'JACK server with a dummy driver for jalv', megabytes: 3 },
  { name: 'qtractor', why: 'its scanner reads the CLAP bundle', megabytes: 34 },
  { name: 'libjack-jackd2-dev', why: 'the JACK client that plays a note and records the answer', megabytes: 1 },
  { name: 'redis-tools', why: "the Redis server under BullMQ, which the engine's bench measures beside ours", megabytes: 7 },
];
