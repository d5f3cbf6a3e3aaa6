// Real-time: where the host stands, at each frame, made of the points it gives. Nothing here allocates, locks or waits.
#pragma once

#include <cstdint>
#include <limits>

#include "engine_types.hpp"

namespace grym::engine {

enum class TransportChange { none, started, stopped, jumped, wrapped };

struct Metre {
    bool usable = false;
    double barQuarters = 4;      // length of a bar
    double barStartQuarters = 0; // where a bar begins
    std::int64_t barNumber = 0;  // of that bar; 0 = the project's first one
};

/**
 * Between two points the song advances steadily at the last tempo. "Frame f crosses line L" means: f is the first frame
 * whose song position is at or after L. A start, a jump or a loop's wrap to a position less than one frame after a
 * line crosses that line as well.
 */
class TransportTracker {
public:
    void prepare(double sampleRate) noexcept;
    /** The next point that plays counts as a start. */
    void forget() noexcept;

    TransportChange apply(const TransportPoint& point, bool offline) noexcept;
    /** The host has no transport. */
    TransportChange applyNothing() noexcept;
    void advance(std::uint32_t frames) noexcept;

    bool playing() const noexcept { return playing_; }
    bool positionKnown() const noexcept { return known_; }
    /** Playing at a known song position and tempo. */
    bool musical() const noexcept { return playing_ && known_; }
    /** Song position of the current frame; 0 where it is not known. */
    double position() const noexcept {
        return playing_ ? anchorQuarters_ + static_cast<double>(framesSinceAnchor_) * quartersPerFrame_ : anchorQuarters_;
    }
    /** Where the song would stand now had the last point not changed it; NaN where that was not known. */
    double departedQuarters() const noexcept { return departed_; }
    /** Quarter notes per frame; meaningful when positionKnown(). */
    double quartersPerFrame() const noexcept { return quartersPerFrame_; }
    const Metre& metre() const noexcept { return metre_; }
    /** Lines at or below this position have been crossed already. */
    double crossedQuarters() const noexcept;

    /** Whether `quarters` is crossed within the next `frames` frames; `offset` is then the frame, from now. */
    bool crosses(double quarters, std::uint32_t frames, std::uint32_t& offset) const noexcept;

    /** Whether the host's loop ends within the next `frames` frames. */
    bool wraps(std::uint32_t frames, std::uint32_t& offset) const noexcept;
    /** Goes back to the loop's start; to be called at the frame that wraps() gave. */
    void wrap() noexcept;
    double loopQuarters() const noexcept { return loopEnd_ - loopStart_; }

    /** The last point, carried on to the current frame. */
    TransportPoint present() const noexcept;

private:
    double refine(const TransportPoint& point, double predicted, double tolerance, bool hasPrediction) const noexcept;
    void readMetre(const TransportPoint& point) noexcept;
    void readLoop(const TransportPoint& point, bool offline) noexcept;
    void anchorAt(double quarters) noexcept;
    void landAt(double quarters) noexcept;

    double sampleRate_ = 48000;
    bool playing_ = false;
    bool known_ = false;
    double anchorQuarters_ = 0;
    std::uint64_t framesSinceAnchor_ = 0;
    double quartersPerFrame_ = 0;
    double departed_ = std::numeric_limits<double>::quiet_NaN();
    double crossed_ = 0;
    std::uint64_t framesSincePoint_ = 0;
    Metre metre_;
    bool loopUsable_ = false;
    bool loopEndAhead_ = false;
    double loopStart_ = 0;
    double loopEnd_ = 0;
    TransportPoint last_;
    std::int64_t songFrameShift_ = 0; // of wraps since the last point
};

} // namespace grym::engine
