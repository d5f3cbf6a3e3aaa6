// Real-time: what stands behind Engine. Only engine.cpp and engine_state.cpp include this.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine.hpp"
#include "event_sink.hpp"
#include "late_calls.hpp"
#include "mailbox.hpp"
#include "slot.hpp"
#include "transport_recorder.hpp"
#include "transport_tracker.hpp"

namespace grym::engine {

// What ClipMail holds beside the address of a clip.
inline constexpr std::uintptr_t kNoClipMail = 0;
inline constexpr std::uintptr_t kEmptySlotMail = 1;

/** Clips on their way to the audio thread: for each slot only the newest, so that a host that does not process keeps no others. */
struct ClipMail {
    std::array<std::atomic<std::uintptr_t>, kSlots> newest{};
    std::atomic<std::uint32_t> slots{0}; // one bit for each slot that has mail; set after `newest`, cleared before it is read
};

// What is out must fit into the retired queues (256 clips, 16 segments).
inline constexpr std::uint32_t kMaximumClipsOut = 128;
inline constexpr std::uint32_t kMaximumSegmentsOut = 8;

inline constexpr std::uint32_t kAllSlots = (1u << kSlots) - 1;

/** A slot's status as other threads read it. */
struct PublishedStatus {
    std::atomic<std::uint64_t> flags{0};
    std::atomic<std::uint64_t> revision{0};
    std::atomic<double> armedSongQuarters{0};
};

struct Engine::State {
    // Mail. The retired queues hold all that the worker may have out at once, so that the audio thread's push cannot fail.
    ClipMail clips;
    std::array<Clip*, kMaximumClipsOut> untaken{}; // worker's: replaced in `clips` before the audio thread came
    std::size_t untakenCount = 0;                  // worker's
    RetiredClips retiredClips;
    Mailbox<segment::SegmentWriter*, 16> segments;
    Mailbox<segment::SegmentWriter*, 16> retiredSegments;
    Mailbox<segment::Command, 256> commands;
    std::uint32_t clipsOut = 0;    // worker's
    std::uint32_t segmentsOut = 0; // worker's

    // Audio thread's.
    std::array<Slot, kSlots> slots;
    // Slots that may sound, wait, or have a new status; the others are not even looked at. One bit each.
    std::uint32_t awake = kAllSlots;
    std::array<float, kSlots> slotGains{};
    std::array<std::uint32_t, kSlots> modeOverrides{}; // 1 + LaunchMode; 0: the setting
    segment::LaunchMode lastModeSetting = segment::LaunchMode::trigger;
    TransportTracker transport;
    TransportRecorder recorder;
    LateCalls lateCalls;
    EventSink events;
    segment::SegmentWriter* segment = nullptr;
    std::uint64_t processedFrames = 0; // since construction
    std::uint64_t firstFrame = 0;  // capture frame counter at the block's start
    float levelDb = 0;
    float level = 1;
    std::array<float, kMacros> macros{};
    bool macrosKnown = false;
    double sampleRate = 48000;
    std::uint32_t fadeFrames = 240;

    std::atomic<bool> pauseExpected{false};
    std::atomic<std::uint64_t> publishedFrames{0};
    std::array<PublishedStatus, kSlots> published;

    State() noexcept;
    ~State();

    SlotContext contextAt(std::uint32_t offset) noexcept;
    void postClip(std::uint32_t slot, Clip* clipOrNull) noexcept;
    void takeMail() noexcept;
    void takeClips() noexcept;
    void installSegment(segment::SegmentWriter* writer) noexcept;
    void readSettings(const Settings& settings) noexcept;
    void reportLateCall(const ProcessBlock& block) noexcept;
    void passThrough(const ProcessBlock& block) noexcept;
    void takeCommands(const Settings& settings) noexcept;
    void obey(const segment::Command& command, const Settings& settings) noexcept;
    void midi(const MidiMessage& message, std::uint32_t offset, const Settings& settings) noexcept;
    void applyTransport(TransportChange change, std::uint32_t offset) noexcept;
    void playBlock(const ProcessBlock& block, const Settings& settings) noexcept;
    std::uint32_t playUntilNext(const ProcessBlock& block, std::uint32_t offset, std::uint32_t limit) noexcept;
    void finishBlock(std::uint32_t frames) noexcept;
    void publish() noexcept;
    template <typename Visit>
    void forEachAwake(Visit visit) noexcept {
        for (std::uint32_t left = awake; left != 0; left &= left - 1) {
            const auto index = static_cast<std::uint32_t>(std::countr_zero(left));
            visit(slots[index], index);
        }
    }
    void silence() noexcept;
};

} // namespace grym::engine
