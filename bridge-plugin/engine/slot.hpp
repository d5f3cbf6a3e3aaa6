// Real-time: one slot: its clip, what is armed, what sounds. Nothing here allocates, locks or waits.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "engine_types.hpp"
#include "event_sink.hpp"
#include "launch_lines.hpp"
#include "mailbox.hpp"
#include "slot_voice.hpp"
#include "transport_tracker.hpp"

namespace grym::engine {

using RetiredClips = Mailbox<Clip*, 256>;

/** Cycles shorter than this are not followed; the clip then repeats by its own length. */
inline constexpr double kMinimumCycleFrames = 64;

/** An automated tempo that crosses a clip's own one to and fro is told of at most once in so many fades (100 ms). */
inline constexpr std::uint32_t kTempoReportFades = 20;

/** What a slot needs to know of the block and to tell the world. */
struct SlotContext {
    const TransportTracker& transport;
    EventSink& events;
    RetiredClips& retired;
    std::uint64_t frame = 0;         // capture frame counter at the current frame
    std::uint32_t fadeFrames = 240;  // 5 ms
};

/** When a launch or a stop is to happen. */
struct When {
    enum class Kind { now, line, songPosition, frame };
    Kind kind = Kind::now;
    LineRule rule{};
    double songQuarters = 0;
    std::uint64_t frame = 0;
};

class Slot {
public:
    void setIndex(std::uint32_t index) noexcept { index_ = index; }

    /** The next launch, or the next cycle of a sounding loop, plays `clip`; null empties the slot. */
    void install(const SlotContext& context, Clip* clip) noexcept;
    /** False: it was refused, and nothing has changed. */
    bool requestLaunch(const SlotContext& context, const When& when, std::uint64_t commandId) noexcept;
    void requestStop(const SlotContext& context, const When& when, std::uint64_t commandId) noexcept;
    void noteOn(const SlotContext& context, segment::LaunchMode mode, const When& when) noexcept;
    void noteOff(const SlotContext& context) noexcept;

    /** The song position has started or changed by other means than playing on. `wrapped`: by the host's loop. */
    void relocate(const SlotContext& context, bool wrapped) noexcept;
    void transportStopped(const SlotContext& context) noexcept;
    /** The capture frames count anew: launches for a frame of the old count are void. */
    void frameCountChanged(const SlotContext& context) noexcept;

    /** Whether nothing sounds and nothing waits. */
    bool idle() const noexcept { return !waiting() && main_ < 0 && tails_ == 0; }
    /** Frames until something is due, at most `limit`; 0: now. */
    std::uint32_t framesUntilDue(const SlotContext& context, std::uint32_t limit) const noexcept;
    /** Does what is due at the current frame. */
    void perform(const SlotContext& context) noexcept;
    void render(const SlotContext& context, float* left, float* right, std::uint32_t frames, float gain) noexcept;

    /** At a block's end: whether the host's tempo differs from that of the sounding loop; tells what has changed. */
    void report(const SlotContext& context) noexcept;
    /** All voices off; armed launches stay; a slot that follows the transport resumes with the next relocate(). */
    void silence(const SlotContext& context) noexcept;
    SlotStatus status() const noexcept;
    /** Clips for the destructor of the engine: calls `take` for each one that the slot holds. */
    template <typename Take>
    void surrender(Take take) noexcept {
        if (clip_ != nullptr) take(clip_);
        for (Clip* clip : outgoing_)
            if (clip != nullptr) take(clip);
    }

private:
    enum class Play { stopped, playing, paused };
    static constexpr int kVoices = 4;
    struct Pending {
        bool set = false;
        When when{};
        std::uint64_t commandId = 0;
    };

    bool waiting() const noexcept { return launch_.set || positionLaunch_.set || stop_.set || positionStop_.set; }
    SlotVoice* mainVoice() noexcept { return main_ < 0 ? nullptr : &voices_[static_cast<std::size_t>(main_)]; }
    const SlotVoice* mainVoice() const noexcept { return main_ < 0 ? nullptr : &voices_[static_cast<std::size_t>(main_)]; }
    double cycleQuarters(const SlotContext& context, const Clip& clip) const noexcept;
    bool inCycles(const SlotContext& context) const noexcept;
    AfterLastFrame afterLastFrame(const SlotContext& context, const Clip& clip) const noexcept;

    bool due(const SlotContext& context, const Pending& pending, std::uint32_t frames, std::uint32_t& offset, double& line) const noexcept;
    bool takeDue(const SlotContext& context, Pending& pending, double& line) noexcept;
    void launchNow(const SlotContext& context, double atQuarters, bool quantised, std::uint64_t commandId) noexcept;
    void stopNow(const SlotContext& context, std::uint64_t commandId) noexcept;
    void disarm(const SlotContext& context, Pending& pending) noexcept;
    void disarmLaunches(const SlotContext& context) noexcept;
    /** Always false. */
    bool refuse(const SlotContext& context, segment::RefusalReason reason, std::uint64_t commandId) const noexcept;
    void pushEvent(const SlotContext& context, segment::EventKind kind, double quarters, std::uint64_t commandId) const noexcept;
    void pushEnded(const SlotContext& context, std::uint64_t frame, double quarters, std::uint64_t commandId) noexcept;
    bool differsFromTempo(const SlotContext& context) const noexcept;
    void reportPause(const SlotContext& context) noexcept;
    void reportTempo(const SlotContext& context) noexcept;

    bool releaseMain(const SlotContext& context) noexcept;
    SlotVoice& freeVoice() noexcept;
    void playFrom(const SlotContext& context, const Clip& clip, std::uint64_t position, bool exactly) noexcept;
    void endCycle(const SlotContext& context) noexcept;
    void findCycle(const SlotContext& context, double cycle) noexcept;
    void decideGap(const SlotContext& context) noexcept;
    void relocateLoop(const SlotContext& context, const Clip& clip, double cycle) noexcept;
    void relocateOneShot(const SlotContext& context, const Clip& clip) noexcept;
    void rememberPlace(double songQuarters) noexcept;
    std::uint64_t gapFadeStart(const SlotContext& context) const noexcept;
    void countVoices() noexcept;
    void noticeSilence(const SlotContext& context, std::uint64_t frame) noexcept;
    void sweepOutgoing(const SlotContext& context) noexcept;

    std::uint32_t index_ = 0;
    Clip* clip_ = nullptr;
    std::array<Clip*, kVoices> outgoing_{}; // replaced, but a voice still reads them
    bool anyOutgoing_ = false;
    std::array<SlotVoice, kVoices> voices_{};
    int main_ = -1;  // the voice that plays on; the others fade out
    int tails_ = 0;
    Play play_ = Play::stopped;
    bool follows_ = false;      // cycles by the song position
    bool quantised_ = false;    // pauses with the transport
    bool gateHeld_ = false;
    bool gapDecided_ = false;   // of this cycle: whether its end will be padded
    bool offTempo_ = false;
    bool pauseReported_ = false;    // what the daemon was told last
    bool offTempoReported_ = false;
    std::uint64_t tempoReportFrame_ = 0;
    double launchQuarters_ = 0;
    double cycleEndQuarters_ = 0;
    std::uint64_t pausedFrame_ = 0;  // where a one-shot that pauses goes on,
    double pausedQuarters_ = 0;      // at this song position; NaN: anywhere
    Pending launch_, positionLaunch_, stop_, positionStop_;
    std::uint64_t endingCommandId_ = 0;
    GainRamp gain_;
};

/** Length of the clip's cycle; 0 where it has none that can be followed. */
inline double Slot::cycleQuarters(const SlotContext& context, const Clip& clip) const noexcept {
    if (!clip.loop || clip.frames() == 0 || !std::isfinite(clip.quarterNotes)) return 0;
    return clip.quarterNotes >= kMinimumCycleFrames * context.transport.quartersPerFrame() ? clip.quarterNotes : 0;
}

/** Whether the main voice's cycles follow the song now. */
inline bool Slot::inCycles(const SlotContext& context) const noexcept {
    const SlotVoice* voice = mainVoice();
    return voice != nullptr && follows_ && context.transport.musical() && cycleQuarters(context, *voice->clip()) > 0;
}

} // namespace grym::engine
