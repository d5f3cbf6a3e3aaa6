#include "host_transport.hpp"

#include <cmath>

#include <clap/fixedpoint.h>

namespace grym::test {
namespace {

clap_beattime beatTime(double quarters) {
    return std::llround(quarters * static_cast<double>(CLAP_BEATTIME_FACTOR));
}

} // namespace

void HostTransport::setSampleRate(double sampleRate) {
    locate(songQuarters());
    sampleRate_ = sampleRate;
}

double HostTransport::songQuarters() const {
    return anchorQuarters_ + static_cast<double>(framesSinceAnchor_) * quartersPerFrame();
}

void HostTransport::locate(double quarters) {
    anchorQuarters_ = quarters;
    framesSinceAnchor_ = 0;
    if (quarters < metreStartQuarters_) {
        metreStartQuarters_ = 0;
        metreStartBar_ = 0;
    }
}

void HostTransport::setTempo(double bpm) {
    locate(songQuarters());
    tempo_ = bpm;
}

void HostTransport::setMetre(int numerator, int denominator) {
    const double length = 4.0 * numerator_ / denominator_;
    const double bars = std::floor((songQuarters() - metreStartQuarters_) / length + 1e-9);
    metreStartQuarters_ += bars * length;
    metreStartBar_ += static_cast<int>(bars);
    numerator_ = numerator;
    denominator_ = denominator;
}

void HostTransport::setLoop(double startQuarters, double endQuarters) {
    loopActive_ = true;
    loopStart_ = startQuarters;
    loopEnd_ = endQuarters;
}

clap_event_transport_t HostTransport::describe(std::uint32_t frameOffset) const {
    clap_event_transport_t event{};
    event.header.size = sizeof(event);
    event.header.time = frameOffset;
    event.header.space_id = CLAP_CORE_EVENT_SPACE_ID;
    event.header.type = CLAP_EVENT_TRANSPORT;
    event.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE
        | CLAP_TRANSPORT_HAS_TIME_SIGNATURE;
    if (playing_)
        event.flags |= CLAP_TRANSPORT_IS_PLAYING;
    const double song = songQuarters();
    event.song_pos_beats = beatTime(song);
    event.song_pos_seconds = std::llround(song * 60.0 / tempo_ * static_cast<double>(CLAP_SECTIME_FACTOR));
    event.tempo = tempo_;
    if (loopActive_) {
        event.flags |= CLAP_TRANSPORT_IS_LOOP_ACTIVE;
        event.loop_start_beats = beatTime(loopStart_);
        event.loop_end_beats = beatTime(loopEnd_);
    }
    const double length = 4.0 * numerator_ / denominator_;
    const double bars = std::floor((song - metreStartQuarters_) / length + 1e-9);
    event.bar_start = beatTime(metreStartQuarters_ + bars * length);
    event.bar_number = metreStartBar_ + static_cast<int>(bars);
    event.tsig_num = static_cast<std::uint16_t>(numerator_);
    event.tsig_denom = static_cast<std::uint16_t>(denominator_);
    return event;
}

void HostTransport::advance(std::uint32_t from, std::uint32_t frames, std::vector<clap_event_transport_t>& inside) {
    if (!playing_)
        return;
    std::uint32_t left = frames;
    while (loopActive_ && songQuarters() < loopEnd_ && loopEnd_ > loopStart_) {
        const double until = std::ceil((loopEnd_ - songQuarters()) / quartersPerFrame() - 1e-9);
        if (until >= left)
            break;
        const auto step = static_cast<std::uint32_t>(until);
        framesSinceAnchor_ += step;
        left -= step;
        locate(loopStart_ + (songQuarters() - loopEnd_));
        inside.push_back(describe(from + frames - left));
    }
    framesSinceAnchor_ += left;
    if (loopActive_ && std::fabs(songQuarters() - loopEnd_) < 1e-9)
        locate(loopStart_);
}

clap_event_transport_t HostTransport::beginBlock(std::uint32_t frames, std::vector<clap_event_transport_t>& inside) {
    const clap_event_transport_t first = describe(0);
    advance(0, frames, inside);
    return first;
}

clap_event_transport_t HostTransport::beginBlockWithJump(std::uint32_t frames, std::uint32_t frame, double quarters,
    std::vector<clap_event_transport_t>& inside) {
    const clap_event_transport_t first = describe(0);
    advance(0, frame, inside);
    locate(quarters);
    inside.push_back(describe(frame));
    advance(frame, frames - frame, inside);
    return first;
}

} // namespace grym::test
