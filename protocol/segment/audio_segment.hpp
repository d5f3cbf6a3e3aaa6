// The audio segment: layout of the shared memory between one bridge plugin (owner, creates it) and the daemon.
// Both ends include this file and nothing else decides where a byte lies. Native byte order: both ends run on one computer.
//
// Data words are relaxed 64-bit atomics, never plain memory: both processes touch them at once, and a torn or stale
// word is found by the begin/end counters (a sequence lock over a ring, Boehm 2012, "Can seqlocks get along with
// programming language memory models?").
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace grym::segment {

inline constexpr std::uint64_t kMagic = 0x31474553'4d595247ull; // "GRYMSEG1" in memory
inline constexpr std::uint32_t kLayoutVersion = 1;
inline constexpr std::uint32_t kChannels = 2;
inline constexpr std::uint32_t kTransportRecords = 4096;
inline constexpr std::uint32_t kCommandRecords = 256;
inline constexpr std::uint32_t kEventRecords = 1024;
inline constexpr std::uint64_t kMaximumCaptureFrames = 601ull * 768'000ull;

using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

/** One point of the transport: at capture frame `frame` the host stood at `songQuarters`. */
struct TransportRecord {
    std::uint64_t frame;          // capture frame counter
    double songQuarters;          // song position in quarter notes
    double tempoBpm;              // quarter notes per minute
    double barStartQuarters;      // where the current bar begins
    std::int32_t numerator;       // metre
    std::int32_t denominator;
    std::uint32_t flags;          // TransportFlags
    std::int32_t barNumber;       // 0 = the project's first bar; valid with kBarNumberKnown
    double loopStartQuarters;     // valid with kLoopActive
    double loopEndQuarters;
    std::int64_t songFrame;       // the host's own song position in frames
    std::uint64_t monotonicNanoseconds;
    std::uint64_t reserved[6];
};
static_assert(sizeof(TransportRecord) == 128);

enum TransportFlags : std::uint32_t {
    kPlaying = 1u << 0,
    kMusicalPositionKnown = 1u << 1,
    kLoopActive = 1u << 2,
    kBarNumberKnown = 1u << 3,
    kOffline = 1u << 4,
};

enum class CommandKind : std::uint32_t { launch = 1, stop = 2, gain = 3, mode = 4, stopAll = 5 };
enum class CommandWhen : std::uint32_t {
    slotQuantise = 0, // by the slot's own setting
    now = 1,
    beat = 2,
    bars = 3,         // at the next line of `quantiseBars` bars
    songPosition = 4, // at `songQuarters`, armed over locates
    frame = 5,        // at capture frame `frame`
};
enum class LaunchMode : std::uint32_t { trigger = 0, gate = 1, toggle = 2 };

/** Daemon → plugin. */
struct Command {
    CommandKind kind;
    std::uint32_t slot;         // 0 … 15
    CommandWhen when;
    std::uint32_t quantiseBars; // 1 … 64, with `bars`
    double songQuarters;        // with `songPosition`
    std::uint64_t frame;        // with `frame`
    double value;               // gain in dB (gain: −90 … 12), LaunchMode (mode)
    std::uint64_t id;           // chosen by the daemon, comes back in events
    std::uint64_t reserved[2];
};
static_assert(sizeof(Command) == 64);

enum class EventKind : std::uint32_t {
    note = 1,       // data0 = status, data1 = key << 8 | velocity
    armed = 2,      // slot waits for its line
    launched = 3,   // slot sounds from `frame` on
    disarmed = 4,   // an armed launch was taken back
    slotEnded = 5,  // slot fell silent at `frame`
    macroMoved = 6, // data0 = macro index, value = 0 … 1
    lateCall = 7,   // process() was called `value` milliseconds later than a steady host would
    refused = 8,    // command `commandId` could not be obeyed; data0 = RefusalReason
    paused = 9,     // the slot is silent while the transport stands, and will resume in phase
    resumed = 10,   // a paused slot sounds again
    offTempo = 11,  // data0 = 1: the sounding loop is cut or padded to its beats, 0: no longer. launched, paused, slotEnded imply 0
};
enum class RefusalReason : std::uint32_t { malformed = 1, slotEmpty = 2, noMusicalPosition = 3 };

/** Plugin → daemon. */
struct Event {
    EventKind kind;
    std::uint32_t slot;       // 0 … 15; 0 where it does not apply
    std::uint64_t frame;      // capture frame counter
    double songQuarters;
    double value;
    std::uint32_t data0;
    std::uint32_t data1;
    std::uint64_t commandId;  // the command that led to it, else 0
    std::uint64_t reserved[2];
};
static_assert(sizeof(Event) == 64);

/** First bytes of the segment. Written by the plugin before its name leaves the process; only atomics change later. */
struct Header {
    std::uint64_t magic;
    std::uint32_t layoutVersion;
    std::uint32_t headerBytes;
    std::uint64_t totalBytes;
    std::uint64_t generation;
    double sampleRate;
    std::uint32_t channels;
    std::uint32_t maximumBlock;
    std::uint64_t captureFrames; // 0 = no capture
    std::uint64_t captureOffset;
    std::uint64_t transportOffset;
    std::uint32_t transportRecords;
    std::uint32_t commandRecords;
    std::uint64_t commandOffset;
    std::uint64_t eventOffset;
    std::uint32_t eventRecords;
    std::uint32_t pluginProcessId;
    char bridgeId[40]; // UUID, zero-terminated

    // Begin: everything below this frame may be overwritten soon; end: everything below is whole. One line each.
    alignas(64) Word captureBegin;
    alignas(64) Word captureEnd;
    alignas(64) Word transportBegin; // in records
    alignas(64) Word transportEnd;
    alignas(64) Word commandHead;    // written by the daemon
    alignas(64) Word commandTail;    // written by the plugin
    alignas(64) Word eventHead;      // written by the plugin
    alignas(64) Word eventTail;      // written by the daemon
    alignas(64) Word eventsDropped;
    alignas(64) Word commandFaults;
    alignas(64) Word pluginHeartbeatNanoseconds;
    alignas(64) Word daemonHeartbeatNanoseconds;
    alignas(64) Word peakBits; // two floats: the input's peak since the daemon last took it, left in the low half
};
static_assert(sizeof(Header) % 64 == 0);

/** One captured frame is one word: left in the low 32 bits, right in the high ones. */
inline constexpr std::uint64_t kFrameBytes = sizeof(Word);

} // namespace grym::segment
