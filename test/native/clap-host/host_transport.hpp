// The transport of the test host: a song position in quarter notes that moves with the frames.
#pragma once

#include <cstdint>
#include <vector>

#include <clap/events.h>

namespace grym::test {

class HostTransport {
public:
    void setSampleRate(double sampleRate);
    void play() { playing_ = true; }
    void stop() { playing_ = false; }
    void locate(double quarters);
    void setTempo(double bpm);
    /** From the bar that the song position lies in. */
    void setMetre(int numerator, int denominator);
    void setLoop(double startQuarters, double endQuarters);
    void clearLoop() { loopActive_ = false; }
    bool isPlaying() const { return playing_; }
    double songQuarters() const;
    double tempo() const { return tempo_; }

    /** The state at the block's first frame; then moves on, with one event for each loop wrap inside the block. */
    clap_event_transport_t beginBlock(std::uint32_t frames, std::vector<clap_event_transport_t>& inside);
    /** The same, but at `frame` the song jumps to `quarters`. */
    clap_event_transport_t beginBlockWithJump(std::uint32_t frames, std::uint32_t frame, double quarters,
        std::vector<clap_event_transport_t>& inside);

private:
    clap_event_transport_t describe(std::uint32_t frameOffset) const;
    void advance(std::uint32_t from, std::uint32_t frames, std::vector<clap_event_transport_t>& inside);
    double quartersPerFrame() const { return tempo_ / (60.0 * sampleRate_); }

    double sampleRate_ = 48000;
    double anchorQuarters_ = 0; // the position is anchor + frames since then, so that nothing accumulates
    std::int64_t framesSinceAnchor_ = 0;
    double tempo_ = 120;
    int numerator_ = 4;
    int denominator_ = 4;
    double metreStartQuarters_ = 0;
    int metreStartBar_ = 0;
    bool playing_ = false;
    bool loopActive_ = false;
    double loopStart_ = 0;
    double loopEnd_ = 0;
};

} // namespace grym::test
