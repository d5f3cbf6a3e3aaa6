// Real-time: decides when the segment gets a new transport record. Nothing here allocates, locks or waits.
#pragma once

#include <cstdint>

#include "segment/segment_writer.hpp"
#include "transport_tracker.hpp"

namespace grym::engine {

/**
 * A record is written whenever what a reader would compute from the last one is off by more than half a frame, when
 * anything else has changed, and at least every 4,096 frames.
 */
class TransportRecorder {
public:
    void prepare(double sampleRate) noexcept { sampleRate_ = sampleRate; }
    /** The next call writes. */
    void forget() noexcept { written_ = false; }
    void update(segment::SegmentWriter& writer, const TransportTracker& transport, std::uint64_t frame, bool offline,
                std::uint64_t monotonicNanoseconds) noexcept;

private:
    bool isPredicted(const segment::TransportRecord& record) const noexcept;

    double sampleRate_ = 48000;
    bool written_ = false;
    segment::TransportRecord last_{};
};

} // namespace grym::engine
