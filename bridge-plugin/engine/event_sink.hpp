// Real-time: events for the daemon. Nothing here allocates, locks or waits.
#pragma once

#include <cmath>
#include <cstdint>

#include "segment/segment_writer.hpp"

namespace grym::engine {

/** Drops what it is given where there is no segment: nobody could read it. */
class EventSink {
public:
    void connect(segment::SegmentWriter* writer) noexcept { writer_ = writer; }

    void push(segment::Event event) noexcept {
        if (writer_ == nullptr) return;
        if (!std::isfinite(event.songQuarters)) event.songQuarters = 0;
        writer_->pushEvent(event); // a full ring drops the event and counts it in the segment's header
    }

private:
    segment::SegmentWriter* writer_ = nullptr;
};

} // namespace grym::engine
