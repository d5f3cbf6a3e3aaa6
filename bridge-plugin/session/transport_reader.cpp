// Real-time: see transport_reader.hpp.
#include "session/transport_reader.hpp"

#include <algorithm>
#include <cmath>

namespace grym::bridge {
namespace {

using engine::TransportPoint;

constexpr double kMinimumTempo = 1;
constexpr double kMaximumTempo = 10'000;
constexpr double kMaximumQuarters = 1e9; // 95 years at 120 bpm; a double still resolves a millionth of a frame there
/** Ardour and JACK's clients round the beat down to ticks, 1,920 or 960 to the quarter: 12.5 or 25 frames at 120 bpm and 48 kHz. */
constexpr double kTickQuarters = 1.01 / 960;
constexpr double kSamePlace = 1e-3;      // quarters: far more than a float's rounding of barBeat, far less than a beat

constexpr std::int64_t kMaximumBarNumber = 1'000'000'000;
constexpr std::int64_t kMaximumSongFrame = std::int64_t{1} << 53; // where a double stops to hold every one

std::int64_t songFrameWithin(std::int64_t frame) noexcept {
    return std::clamp(frame, -kMaximumSongFrame, kMaximumSongFrame);
}

bool isBarNumber(std::int64_t number) noexcept {
    return number >= -kMaximumBarNumber && number <= kMaximumBarNumber;
}

bool has(const HostStatement& statement, std::uint32_t flag) noexcept {
    return (statement.flags & flag) != 0;
}

bool isPlace(double quarters) noexcept {
    return std::isfinite(quarters) && std::fabs(quarters) <= kMaximumQuarters;
}

double quartersPerBar(const TransportPoint& point) noexcept {
    return point.denominator > 0 ? 4.0 * point.numerator / point.denominator : 0.0;
}

/** Brings a bar's start into the bar that `songQuarters` lies in. Hosts are late with it, or leave it at 0. */
double barStartBelow(double songQuarters, double barStart, double length) noexcept {
    if (length <= 0)
        return barStart;
    const double inBar = songQuarters - barStart;
    if (inBar >= 0 && inBar < length)
        return barStart;
    return barStart + std::floor(inBar / length) * length;
}

} // namespace

void TransportReader::prepare(double sampleRate) noexcept {
    sampleRate_ = std::isfinite(sampleRate) && sampleRate > 0 ? sampleRate : 48000;
    spoken_ = false;
}

void TransportReader::takeMetre(const HostStatement& statement, TransportPoint& point) noexcept {
    if (has(statement, HostStatement::kMetre) && statement.beatsPerBar >= 1 && statement.beatsPerBar <= 1024 && statement.beatUnit >= 1
        && statement.beatUnit <= 1024) {
        const auto numerator = static_cast<std::int32_t>(std::lround(statement.beatsPerBar));
        metreVaried_ |= numerator_ != 0 && (numerator != numerator_ || statement.beatUnit != denominator_);
        numerator_ = numerator;
        denominator_ = statement.beatUnit;
    }
    point.numerator = numerator_;
    point.denominator = denominator_;
}

TransportPoint TransportReader::direct(const HostStatement& statement) noexcept {
    TransportPoint point;
    point.frameOffset = statement.frame;
    point.playing = has(statement, HostStatement::kPlaying);
    takeMetre(statement, point);
    const bool tempo = has(statement, HostStatement::kTempo) && statement.tempoBpm >= kMinimumTempo && statement.tempoBpm <= kMaximumTempo;
    if (tempo)
        point.tempoBpm = statement.tempoBpm;
    point.musicalPositionKnown = tempo && has(statement, HostStatement::kSong) && isPlace(statement.songQuarters);
    if (point.musicalPositionKnown) {
        point.songQuarters = statement.songQuarters;
        const bool barStart = has(statement, HostStatement::kBarStart) && isPlace(statement.barStartQuarters);
        point.barStartQuarters = barStartBelow(point.songQuarters, barStart ? statement.barStartQuarters : 0.0, quartersPerBar(point));
    }
    if (has(statement, HostStatement::kBarNumber) && isBarNumber(statement.barNumber)) {
        point.barNumberKnown = point.musicalPositionKnown;
        point.barNumber = static_cast<std::int32_t>(statement.barNumber);
    }
    if (has(statement, HostStatement::kLoop) && isPlace(statement.loopStartQuarters) && isPlace(statement.loopEndQuarters)
        && statement.loopEndQuarters > statement.loopStartQuarters) {
        point.loopActive = true;
        point.loopStartQuarters = statement.loopStartQuarters;
        point.loopEndQuarters = statement.loopEndQuarters;
    }
    if (has(statement, HostStatement::kSongFrame))
        point.songFrame = songFrameWithin(statement.songFrame);
    return point;
}

TransportPoint TransportReader::advanced(const TransportPoint& from, std::uint32_t frames) const noexcept {
    TransportPoint point = from;
    point.frameOffset = 0;
    if (!from.playing || frames == 0)
        return point;
    point.songFrame = songFrameWithin(point.songFrame + frames);
    if (!from.musicalPositionKnown)
        return point;
    point.songQuarters += frames * from.tempoBpm / (60.0 * sampleRate_);
    point.musicalPositionKnown = isPlace(point.songQuarters);
    if (!point.musicalPositionKnown)
        return point;
    const double start = barStartBelow(point.songQuarters, from.barStartQuarters, quartersPerBar(from));
    if (const double length = quartersPerBar(from); length > 0)
        if (const double bars = std::round((start - from.barStartQuarters) / length) + point.barNumber; std::fabs(bars) <= kMaximumBarNumber)
            point.barNumber = static_cast<std::int32_t>(bars);
    point.barStartQuarters = start;
    return point;
}

TransportPoint TransportReader::fromBars(const HostStatement& statement, const TransportPoint& predicted) noexcept {
    TransportPoint point;
    point.frameOffset = statement.frame;
    point.playing = has(statement, HostStatement::kPlaying);
    takeMetre(statement, point);
    if (has(statement, HostStatement::kTempo) && statement.tempoBpm >= kMinimumTempo && statement.tempoBpm <= kMaximumTempo) {
        tempoVaried_ |= tempoBpm_ != 0 && tempoBpm_ != statement.tempoBpm;
        tempoBpm_ = statement.tempoBpm;
        point.tempoBpm = tempoBpm_;
    }
    point.songFrame = has(statement, HostStatement::kSongFrame) ? songFrameWithin(statement.songFrame) : predicted.songFrame;
    if (has(statement, HostStatement::kBarNumber) && isBarNumber(statement.barNumber)) {
        point.barNumberKnown = true;
        point.barNumber = static_cast<std::int32_t>(statement.barNumber);
    }
    if (point.tempoBpm > 0)
        placeSong(statement, predicted, point);
    point.barNumberKnown = point.barNumberKnown && point.musicalPositionKnown;
    return point;
}

void TransportReader::placeSong(const HostStatement& statement, const TransportPoint& predicted, TransportPoint& point) noexcept {
    const double length = quartersPerBar(point);
    const bool bars = point.barNumberKnown && has(statement, HostStatement::kBarBeat) && length > 0 && isPlace(statement.barBeat);
    const bool frames = has(statement, HostStatement::kSongFrame);
    const double beat = length > 0 ? 4.0 / point.denominator : 1.0;
    const double inBar = bars ? statement.barBeat * beat : 0.0;
    const double byBars = point.barNumber * length + inBar;
    const double byFrames = static_cast<double>(point.songFrame) * point.tempoBpm / (60.0 * sampleRate_);
    // Some hosts round the beat down: then the frame says where in the beat, provided that it falls into that beat at all.
    const bool wholeBeat = bars && statement.barBeat == std::floor(statement.barBeat);
    const double inBarByFrames = byFrames - point.barNumber * length;
    const bool coarse = wholeBeat && frames && inBarByFrames > inBar + kSamePlace && inBarByFrames < inBar + beat;

    // The frame tells the place without that rounding, as long as it and the bars tell the same one.
    const bool agree = bars && frames && !tempoVaried_ && std::fabs(byFrames - byBars) <= kTickQuarters;
    const bool continues = spoken_ && predicted.musicalPositionKnown && frames && std::llabs(point.songFrame - predicted.songFrame) <= 1;
    if (agree) {
        point.songQuarters = byFrames;
        point.barStartQuarters = point.barNumber * length;
    } else if (continues) {
        point.songQuarters = predicted.songQuarters;
        if (!bars)
            point.barStartQuarters = predicted.barStartQuarters;
        else if (const double start = predicted.songQuarters - inBar; coarse || std::fabs(start - predicted.barStartQuarters) < kSamePlace)
            point.barStartQuarters = predicted.barStartQuarters;
        else
            point.barStartQuarters = start; // a new metre begins here
    } else if (bars && !coarse && !(frames && metreVaried_ && !tempoVaried_)) {
        // Right as long as the metre has never changed before this bar.
        point.songQuarters = byBars;
        point.barStartQuarters = byBars - inBar;
    } else if (frames) {
        // Right as long as the tempo has never changed before this frame.
        point.songQuarters = byFrames;
        point.barStartQuarters = coarse ? point.barNumber * length : bars ? byFrames - inBar : barStartBelow(byFrames, 0.0, length);
    } else {
        return; // neither: the host names no place
    }
    point.musicalPositionKnown = isPlace(point.songQuarters);
}

std::uint32_t TransportReader::read(const HostStatement* statements, std::uint32_t count, bool held, std::uint32_t frames,
    TransportPoint* points) noexcept {
    count = std::min(count, kMaximumPoints - 1);
    std::uint32_t made = 0;
    if (!held) {
        for (std::uint32_t index = 0; index < count; ++index) {
            points[made] = direct(statements[index]);
            points[made].frameOffset = std::min(points[made].frameOffset, frames > 0 ? frames - 1 : 0);
            ++made;
        }
        return made;
    }
    std::uint32_t at = 0; // the frame of the block for which last_ holds
    if (spoken_ && (count == 0 || statements[0].frame > 0))
        points[made++] = last_;
    for (std::uint32_t index = 0; index < count; ++index) {
        const std::uint32_t frame = std::clamp(statements[index].frame, at, std::max(at, frames > 0 ? frames - 1 : 0));
        last_ = fromBars(statements[index], advanced(last_, frame - at));
        spoken_ = true;
        at = frame;
        last_.frameOffset = frame;
        points[made++] = last_;
    }
    if (spoken_)
        last_ = advanced(last_, frames - at);
    return made;
}

} // namespace grym::bridge
