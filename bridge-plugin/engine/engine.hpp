// The real-time heart of the bridge plugin. See README.md here; launch rules: docs/decisions/010-real-time-engine.md.
#pragma once

#include <cstdint>
#include <memory>

#include "clip.hpp"
#include "engine_types.hpp"

namespace grym::segment {
class SegmentWriter;
}

namespace grym::engine {

/**
 * One per plugin instance. Three callers, never more than one thread in each:
 *  - host:   constructor, prepare(), takeMail(), reset(), destructor; never while process() runs;
 *  - audio:  process();
 *  - worker: post…() and collect…(), at any time.
 * expectPause(), slotStatus() and framesProcessed() may be called by anybody.
 */
class Engine {
public:
    Engine();
    /** Deletes every clip that it still holds. Segments are the caller's. */
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /**
     * Host thread, before the first process() and after each change of rate. Silences all voices as reset() does.
     * The clips that it holds are played as they are: post them again, resampled, when the rate has changed.
     */
    void prepare(double sampleRate, std::uint32_t maximumBlock);

    /** Audio thread. No allocation, lock, system call or wait; blocks of any length, also longer than announced. */
    void process(const ProcessBlock& block, const Settings& settings) noexcept;

    /** Voices off at once, nothing freed. Armed launches stay armed; slots that follow the transport resume in phase. */
    void reset() noexcept;

    /**
     * Silences all voices as reset() does, then takes the posted mail as process() would; for the host's thread between
     * deactivate() and activate(). What is stopped or emptied is reported to the segment that was there before.
     */
    void takeMail() noexcept;

    /**
     * Puts a clip into a slot, null empties it. A sounding loop is cross-faded to the new clip at its cycle's end, a
     * removed one fades in 5 ms. True: the engine owns the clip until collectRetired() gives it back; a clip that waited
     * for the audio thread in the same slot is then given back at once. False: too many clips have not been collected; the
     * caller still owns it.
     */
    bool postClip(std::uint32_t slot, Clip* clipOrNull) noexcept;
    /** A clip whose last voice has ended, to be deleted by the caller; null when there is none. Call until null. */
    Clip* collectRetired() noexcept;

    /** Lends a segment (null takes it away). The caller keeps owning it and must not delete it before it comes back. */
    bool postSegment(segment::SegmentWriter* writerOrNull) noexcept;
    /** A segment that the audio thread touches no more; null when there is none. */
    segment::SegmentWriter* collectRetiredSegment() noexcept;

    /** As a command out of the segment; for use where there is no shared memory. False: full. */
    bool postCommand(const segment::Command& command) noexcept;

    /**
     * Any thread, at any time: the host has told that it stops or starts processing, so that the next block comes late
     * without being called late. For an activation that needs no prepare().
     */
    void expectPause() noexcept;

    SlotStatus slotStatus(std::uint32_t slot) const noexcept;
    /** Frames processed since construction; the clock of CommandWhen::frame where there is no segment. */
    std::uint64_t framesProcessed() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace grym::engine
