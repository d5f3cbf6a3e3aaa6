// Real-time: nothing here allocates, locks, makes a system call or waits.
#include "transport_recorder.hpp"

#include <cmath>

namespace grym::engine {
namespace {

constexpr std::uint64_t kLongestSilenceFrames = 4096;
constexpr double kLargestErrorFrames = 0.5;

segment::TransportRecord recordOf(const TransportTracker& transport, std::uint64_t frame, bool offline) noexcept {
    const TransportPoint point = transport.present();
    segment::TransportRecord record{};
    record.frame = frame;
    record.songFrame = point.songFrame;
    if (point.playing) record.flags |= segment::kPlaying;
    if (offline) record.flags |= segment::kOffline;
    // The segment's format has no position without a metre: a reader could not name a bar.
    if (!point.musicalPositionKnown || !transport.metre().usable) return record;
    record.flags |= segment::kMusicalPositionKnown;
    record.songQuarters = point.songQuarters;
    record.tempoBpm = point.tempoBpm;
    record.barStartQuarters = point.barStartQuarters;
    record.numerator = point.numerator;
    record.denominator = point.denominator;
    if (point.barNumberKnown) {
        record.flags |= segment::kBarNumberKnown;
        record.barNumber = point.barNumber;
    }
    if (point.loopActive) {
        record.flags |= segment::kLoopActive;
        record.loopStartQuarters = point.loopStartQuarters;
        record.loopEndQuarters = point.loopEndQuarters;
    }
    return record;
}

} // namespace

bool TransportRecorder::isPredicted(const segment::TransportRecord& record) const noexcept {
    if (record.frame - last_.frame >= kLongestSilenceFrames) return false;
    if (record.flags != last_.flags || record.tempoBpm != last_.tempoBpm) return false;
    if (record.barStartQuarters != last_.barStartQuarters || record.barNumber != last_.barNumber) return false;
    if (record.numerator != last_.numerator || record.denominator != last_.denominator) return false;
    if (record.loopStartQuarters != last_.loopStartQuarters || record.loopEndQuarters != last_.loopEndQuarters) return false;
    const bool plays = (record.flags & segment::kPlaying) != 0;
    if ((record.flags & segment::kMusicalPositionKnown) == 0) return true;
    const double quartersPerFrame = record.tempoBpm / 60 / sampleRate_;
    const double elapsed = plays ? static_cast<double>(record.frame - last_.frame) * quartersPerFrame : 0;
    return std::fabs(last_.songQuarters + elapsed - record.songQuarters) <= kLargestErrorFrames * quartersPerFrame;
}

void TransportRecorder::update(segment::SegmentWriter& writer, const TransportTracker& transport, std::uint64_t frame,
                               bool offline, std::uint64_t monotonicNanoseconds) noexcept {
    segment::TransportRecord record = recordOf(transport, frame, offline);
    if (written_ && isPredicted(record)) return;
    record.monotonicNanoseconds = monotonicNanoseconds;
    writer.writeTransport(record);
    last_ = record;
    written_ = true;
}

} // namespace grym::engine
