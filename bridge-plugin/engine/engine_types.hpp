// What goes in and out of the real-time engine. Plain values only.
#pragma once

#include <cstdint>
#include <limits>

#include "segment/audio_segment.hpp"

namespace grym::engine {

inline constexpr std::uint32_t kSlots = 16;
inline constexpr std::uint32_t kMacros = 8;
inline constexpr std::uint8_t kFirstSlotKey = 36; // MIDI notes 36 … 51 launch slots 0 … 15, on any channel

/** What the host says about its transport at one frame of the block. */
struct TransportPoint {
    std::uint32_t frameOffset = 0; // within the block; offsets ascend
    bool playing = false;
    bool musicalPositionKnown = false; // songQuarters and tempoBpm are valid
    bool barNumberKnown = false;
    bool loopActive = false;
    double songQuarters = 0; // song position in quarter notes from the project's start
    double tempoBpm = 0;     // quarter notes per minute
    double barStartQuarters = 0;
    std::int32_t numerator = 0; // metre; 0 where the host does not tell
    std::int32_t denominator = 0;
    std::int32_t barNumber = 0; // 0 = the project's first bar
    double loopStartQuarters = 0;
    double loopEndQuarters = 0;
    std::int64_t songFrame = 0; // the host's own song position in frames; 0 where it does not tell
};

struct MidiMessage {
    std::uint32_t frameOffset = 0;
    std::uint8_t size = 0;
    std::uint8_t data[3] = {};
};

struct ProcessBlock {
    const float* const* inputs = nullptr; // 2 channels; null (or a null channel) is silence
    float* const* outputs = nullptr;      // 2 channels; may be the inputs' buffers
    std::uint32_t frames = 0;
    const TransportPoint* points = nullptr;
    std::uint32_t pointCount = 0; // 0: the host has no transport
    const MidiMessage* midi = nullptr;
    std::uint32_t midiCount = 0;
    bool offline = false;
    std::uint64_t monotonicNanoseconds = 0; // 0: not measured
};

enum class Quantise : std::uint32_t { none, beat, bar, bars };

/** The host's parameters, as they stand in this block. */
struct Settings {
    float macros[kMacros] = {}; // 0 … 1
    float slotLevelDb = 0;      // −60 … 12
    segment::LaunchMode mode = segment::LaunchMode::trigger;
    Quantise quantise = Quantise::bar;
    std::uint32_t quantiseBars = 4; // 1 … 64, with Quantise::bars
};

enum class SlotState : std::uint32_t {
    empty,
    stopped,
    armed,   // silent, waits for its line or song position
    playing,
    paused,  // launched, silent while the transport stands; resumes in phase
};

struct SlotStatus {
    SlotState state = SlotState::empty;
    bool launchArmed = false; // also while an earlier launch still plays
    bool stopArmed = false;
    bool offTempo = false;    // playing, cut or padded to its beats: the host's tempo is not the clip's
    std::uint64_t clipRevision = 0;
    /** Song position of a launch for an absolute position that has not happened yet; NaN: none. */
    double armedSongQuarters = std::numeric_limits<double>::quiet_NaN();
};

} // namespace grym::engine
