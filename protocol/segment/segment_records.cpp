// Real-time: nothing here allocates, locks, waits or throws.
#include "segment/segment_records.hpp"

#include <cmath>

#include "segment/segment_layout.hpp"

namespace grym::segment {
namespace {

constexpr std::uint32_t kSlots = 16;
constexpr double kMaximumQuarters = 1e12;
constexpr double kMaximumTempoBpm = 100'000.0;
constexpr std::int32_t kMaximumMetre = 4096;
constexpr std::uint32_t kMaximumQuantiseBars = 64;
constexpr double kMinimumGainDb = -90.0;
constexpr double kMaximumGainDb = 12.0;

bool isQuarters(double quarters) noexcept { return std::isfinite(quarters) && std::fabs(quarters) <= kMaximumQuarters; }

bool isTimeWellFormed(const Command& command) noexcept {
    switch (command.when) {
    case CommandWhen::slotQuantise:
    case CommandWhen::now:
    case CommandWhen::beat: return true;
    case CommandWhen::bars: return command.quantiseBars >= 1 && command.quantiseBars <= kMaximumQuantiseBars;
    case CommandWhen::songPosition: return isQuarters(command.songQuarters);
    case CommandWhen::frame: return command.frame <= kMaximumCounter;
    }
    return false;
}

} // namespace

bool isWellFormed(const Command& command) noexcept {
    if (command.slot >= kSlots) return false;
    switch (command.kind) {
    case CommandKind::launch:
    case CommandKind::stop:
    case CommandKind::stopAll: return isTimeWellFormed(command);
    case CommandKind::gain: return command.value >= kMinimumGainDb && command.value <= kMaximumGainDb;
    case CommandKind::mode: return command.value == 0.0 || command.value == 1.0 || command.value == 2.0;
    }
    return false;
}

bool isWellFormed(const Event& event) noexcept {
    const auto kind = static_cast<std::uint32_t>(event.kind);
    return kind >= static_cast<std::uint32_t>(EventKind::note) && kind <= static_cast<std::uint32_t>(EventKind::offTempo) &&
           event.slot < kSlots && event.frame <= kMaximumCounter && event.commandId <= kMaximumCounter &&
           isQuarters(event.songQuarters) && std::isfinite(event.value);
}

bool isWellFormed(const TransportRecord& record) noexcept {
    constexpr std::uint32_t knownFlags = kPlaying | kMusicalPositionKnown | kLoopActive | kBarNumberKnown | kOffline;
    if ((record.flags & ~knownFlags) != 0 || record.frame > kMaximumCounter) return false;
    constexpr auto maximumSongFrame = static_cast<std::int64_t>(kMaximumCounter);
    if (record.songFrame < -maximumSongFrame || record.songFrame > maximumSongFrame) return false;
    if ((record.flags & kMusicalPositionKnown) != 0) {
        if (!isQuarters(record.songQuarters) || !isQuarters(record.barStartQuarters)) return false;
        if (!(record.tempoBpm > 0.0 && record.tempoBpm <= kMaximumTempoBpm)) return false;
        if (record.numerator < 1 || record.numerator > kMaximumMetre) return false;
        if (record.denominator < 1 || record.denominator > kMaximumMetre) return false;
    }
    if ((record.flags & kLoopActive) != 0) {
        if (!isQuarters(record.loopStartQuarters) || !isQuarters(record.loopEndQuarters)) return false;
        if (record.loopEndQuarters < record.loopStartQuarters) return false;
    }
    return true;
}

} // namespace grym::segment
