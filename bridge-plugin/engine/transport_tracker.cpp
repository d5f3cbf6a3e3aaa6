// Real-time: nothing here allocates, locks, makes a system call or waits.
#include "transport_tracker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace grym::engine {
namespace {

/** Rounding of the host's own arithmetic, in frames: a line so little ahead counts as reached. */
constexpr double kRoundingFrames = 0.005;
/** Ardour and others round musical positions down to ticks of 1/1920 quarter (12.5 frames at 120 bpm and 48 kHz). */
constexpr double kTicksPerQuarter = 1920;
constexpr double kTickQuarters = 1 / kTicksPerQuarter;
/** A difference between prediction and report up to this is drift, not a jump: one tick of a host with 960 per quarter. */
constexpr double kDriftQuarters = 2.02 * kTickQuarters;
constexpr double kMaximumQuarters = 1e9;
constexpr double kMaximumTempoBpm = 100'000;
constexpr double kMinimumTempoBpm = 1e-3; // at slower ones a frame would be too short a piece of a quarter to be counted with
/** Song positions in frames beyond this are believed to be this: all arithmetic on them stays far from its ends. */
constexpr std::int64_t kMaximumSongFrame = (std::int64_t{1} << 53) - 1;
constexpr std::int32_t kMaximumMetre = 4096;
/** Shorter loops would be wrapped many times in a block; they are left to the host's next point. */
constexpr double kMinimumLoopFrames = 64;

bool isQuarters(double quarters) noexcept { return std::isfinite(quarters) && std::fabs(quarters) <= kMaximumQuarters; }

std::int64_t withinSongFrames(std::int64_t frame) noexcept { return std::clamp(frame, -kMaximumSongFrame, kMaximumSongFrame); }

bool isWholeTicks(double quarters) noexcept {
    const double ticks = quarters * kTicksPerQuarter;
    return std::fabs(ticks - std::round(ticks)) < 2e-3; // a position that came through a 32-bit float is off by so much
}

} // namespace

void TransportTracker::prepare(double sampleRate) noexcept {
    sampleRate_ = sampleRate;
    forget();
}

void TransportTracker::forget() noexcept {
    departed_ = musical() ? position() : std::numeric_limits<double>::quiet_NaN();
    playing_ = false;
    known_ = false;
    metre_ = {};
    loopUsable_ = false;
    last_ = {};
    songFrameShift_ = 0;
    framesSincePoint_ = 0;
    anchorAt(0);
}

TransportChange TransportTracker::applyNothing() noexcept {
    const bool wasPlaying = playing_;
    if (wasPlaying || known_) forget();
    return wasPlaying ? TransportChange::stopped : TransportChange::none;
}

TransportChange TransportTracker::apply(const TransportPoint& point, bool offline) noexcept {
    const bool wasPlaying = playing_;
    const bool wasMusical = musical();
    const double predicted = position();
    departed_ = wasMusical ? predicted : std::numeric_limits<double>::quiet_NaN();
    const double formerQuartersPerFrame = quartersPerFrame_;

    known_ = point.musicalPositionKnown && isQuarters(point.songQuarters) && point.tempoBpm >= kMinimumTempoBpm &&
             point.tempoBpm <= kMaximumTempoBpm;
    playing_ = point.playing;
    quartersPerFrame_ = known_ ? point.tempoBpm / 60 / sampleRate_ : 0;
    readMetre(point);
    readLoop(point, offline);
    last_ = point;
    last_.songFrame = withinSongFrames(point.songFrame);
    songFrameShift_ = 0;
    const auto framesSincePoint = static_cast<double>(framesSincePoint_);
    framesSincePoint_ = 0;

    if (!known_) {
        anchorAt(0);
        if (playing_ == wasPlaying) return TransportChange::none;
        return playing_ ? TransportChange::started : TransportChange::stopped;
    }
    if (!playing_) {
        anchorAt(point.songQuarters);
        return wasPlaying ? TransportChange::stopped : TransportChange::none;
    }
    // While the tempo moves, the host's position runs away from a prediction at the former tempo.
    const double tolerance = kDriftQuarters + framesSincePoint * std::fabs(quartersPerFrame_ - formerQuartersPerFrame);
    const double reported = refine(point, predicted, tolerance, wasMusical);
    if (!wasMusical) {
        landAt(reported);
        return wasPlaying ? TransportChange::jumped : TransportChange::started;
    }
    const double error = reported - predicted;
    if (std::fabs(error) <= tolerance) {
        anchorAt(reported);
        return TransportChange::none;
    }
    landAt(reported);
    const bool wrapped = loopUsable_ && std::fabs(error + loopQuarters()) <= tolerance;
    return wrapped ? TransportChange::wrapped : TransportChange::jumped;
}

/**
 * The best estimate of the true position. A value on a whole tick may have been rounded by up to a tick: where the
 * host's frame position at this tempo agrees within a tick, that is the finer one; else the steady prediction is.
 */
double TransportTracker::refine(const TransportPoint& point, double predicted, double tolerance,
                                bool hasPrediction) const noexcept {
    if (!isWholeTicks(point.songQuarters)) return point.songQuarters;
    const double byFrames = static_cast<double>(point.songFrame) * quartersPerFrame_;
    const double difference = std::fabs(byFrames - point.songQuarters);
    if (point.songFrame != 0 && difference <= 1.01 * kTickQuarters && difference > quartersPerFrame_) return byFrames;
    if (hasPrediction && std::fabs(point.songQuarters - predicted) <= std::min(tolerance, 1.01 * kTickQuarters + quartersPerFrame_))
        return predicted;
    return point.songQuarters;
}

void TransportTracker::readMetre(const TransportPoint& point) noexcept {
    metre_ = {};
    if (!known_ || !isQuarters(point.barStartQuarters)) return;
    if (point.numerator < 1 || point.numerator > kMaximumMetre) return;
    if (point.denominator < 1 || point.denominator > kMaximumMetre) return;
    metre_.usable = true;
    metre_.barQuarters = 4.0 * point.numerator / point.denominator;
    metre_.barStartQuarters = point.barStartQuarters;
    metre_.barNumber = point.barNumberKnown ? point.barNumber : std::llround(point.barStartQuarters / metre_.barQuarters);
}

void TransportTracker::readLoop(const TransportPoint& point, bool offline) noexcept {
    // Offline renders run through a loop whose button is still pressed: there only the host's next point may wrap.
    loopUsable_ = known_ && playing_ && point.loopActive && !offline && isQuarters(point.loopStartQuarters) &&
                  isQuarters(point.loopEndQuarters) &&
                  point.loopEndQuarters - point.loopStartQuarters >= kMinimumLoopFrames * quartersPerFrame_;
    loopStart_ = point.loopStartQuarters;
    loopEnd_ = point.loopEndQuarters;
}

void TransportTracker::anchorAt(double quarters) noexcept {
    anchorQuarters_ = quarters;
    framesSinceAnchor_ = 0;
    // At or beyond its end the loop does not hold the host any more.
    loopEndAhead_ = quarters < loopEnd_ - kRoundingFrames * quartersPerFrame_;
}

void TransportTracker::landAt(double quarters) noexcept {
    anchorAt(quarters);
    crossed_ = quarters - quartersPerFrame_ * (1 - kRoundingFrames);
}

void TransportTracker::advance(std::uint32_t frames) noexcept {
    if (frames == 0) return;
    framesSincePoint_ += frames;
    if (!playing_) return;
    framesSinceAnchor_ += frames;
    // Never backwards: where the host corrects the position by a hair, no line is crossed twice.
    crossed_ = std::max(crossed_, position() - quartersPerFrame_);
}

double TransportTracker::crossedQuarters() const noexcept { return crossed_ + kRoundingFrames * quartersPerFrame_; }

bool TransportTracker::crosses(double quarters, std::uint32_t frames, std::uint32_t& offset) const noexcept {
    if (!musical() || quarters <= crossedQuarters()) return false;
    const double distance = quarters - position();
    if (distance >= (static_cast<double>(frames) + 1) * quartersPerFrame_) return false;
    const double frame = std::max(0.0, std::ceil(distance / quartersPerFrame_ - kRoundingFrames));
    if (frame >= static_cast<double>(frames)) return false;
    offset = static_cast<std::uint32_t>(frame);
    return true;
}

bool TransportTracker::wraps(std::uint32_t frames, std::uint32_t& offset) const noexcept {
    if (!loopUsable_ || !loopEndAhead_ || !musical()) return false;
    const double distance = (loopEnd_ - position()) / quartersPerFrame_;
    const double frame = std::max(0.0, std::ceil(distance - kRoundingFrames));
    if (frame >= static_cast<double>(frames)) return false;
    offset = static_cast<std::uint32_t>(frame);
    return true;
}

void TransportTracker::wrap() noexcept {
    const double loopFrames = std::min(loopQuarters() / quartersPerFrame_, static_cast<double>(kMaximumSongFrame));
    songFrameShift_ = withinSongFrames(songFrameShift_ - std::llround(loopFrames));
    landAt(std::max(loopStart_, position() - loopQuarters()));
}

TransportPoint TransportTracker::present() const noexcept {
    TransportPoint point = last_;
    point.playing = playing_;
    point.musicalPositionKnown = known_;
    point.songQuarters = position();
    point.loopActive = loopUsable_;
    if (playing_) point.songFrame = withinSongFrames(point.songFrame + static_cast<std::int64_t>(framesSincePoint_) + songFrameShift_);
    return point;
}

} // namespace grym::engine
