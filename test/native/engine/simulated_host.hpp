// A host that can be stepped: transport, MIDI and blocks of any size, with points inside a block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine.hpp"
#include "segment/segment_reader.hpp"
#include "segment/segment_writer.hpp"

namespace doctest {
template <typename Value>
struct StringMaker<std::vector<Value>> {
    static String convert(const std::vector<Value>& values) {
        std::ostringstream text;
        for (const Value& value : values) text << value << ' ';
        return text.str().c_str();
    }
};
} // namespace doctest

namespace grym::test {

inline constexpr std::uint32_t kFade = 240; // 5 ms at 48 kHz

/** Noise that is the same for the same seed; the first sample is 0 where it `beginsQuietly`. */
std::unique_ptr<engine::Clip> noiseClip(std::uint64_t frames, double quarterNotes, bool loop, unsigned seed = 1, bool beginsQuietly = true);

class SimulatedHost {
public:
    explicit SimulatedHost(double sampleRate = 48000, bool withSegment = true);
    ~SimulatedHost();

    // Transport; changes count from the current frame on.
    bool playing = false;
    bool positionKnown = true;
    bool barNumberKnown = false;
    bool hasTransport = true;
    bool offline = false;
    std::int32_t numerator = 4, denominator = 4, barNumberAtAnchor = 0;
    double metreAnchorQuarters = 0; // where the present metre began
    bool loopActive = false, wrapsItself = false; // wrapsItself: the host gives a point where its loop wraps
    bool loopIsIgnored = false; // the host announces its loop, yet plays on
    double loopStart = 0, loopEnd = 0;
    double ticksPerQuarter = 0; // > 0: positions are rounded down to ticks
    bool tellsSongFrame = true;
    void locate(double quarters);
    void setTempo(double bpm);
    double tempo() const { return tempo_; }
    double song() const;
    double quartersPerFrame() const { return tempo_ / 60 / sampleRate_; }

    /** `action` runs when the host comes to this output frame, if need be inside a block. */
    void at(std::uint64_t frame, std::function<void()> action);
    void noteOn(std::uint64_t frame, std::uint32_t slot, std::uint8_t velocity = 100);
    void noteOff(std::uint64_t frame, std::uint32_t slot);
    void midi(std::uint64_t frame, std::uint8_t status, std::uint8_t first, std::uint8_t second);

    /** Processes so many frames in blocks of the sizes in `blockSizes`, over and over. */
    void run(std::uint64_t frames);
    std::vector<std::uint32_t> blockSizes{64, 1, 127, 512, 33, 256, 7, 1024};
    std::function<float(std::uint64_t frame, int channel)> input;
    bool inPlace = false;
    std::uint64_t clockNanoseconds = 0; // handed to the engine; 0: no clock
    std::uint64_t nanosecondsPerFrame = 0; // how it goes on

    /** Posts a clip and returns it; the engine owns it. */
    const engine::Clip* load(std::uint32_t slot, std::unique_ptr<engine::Clip> clip);
    void clear(std::uint32_t slot);
    /** Collected clips are deleted; returns how many. */
    std::size_t collect();
    segment::Command command(segment::CommandKind kind, std::uint32_t slot, segment::CommandWhen when);
    void send(segment::Command command);

    engine::Settings settings;
    std::unique_ptr<segment::SegmentWriter> writer;
    std::unique_ptr<segment::SegmentReader> reader;
    engine::Engine engine; // destroyed before the segment that it writes
    std::vector<float> left, right;
    std::vector<segment::Event> events;
    std::uint64_t frame() const { return frame_; }

    /** Takes the events that the engine pushed outside process(). */
    void readEvents();
    std::vector<segment::Event> eventsOf(segment::EventKind kind) const;
    /** Frames of all `launched` events of a slot. */
    std::vector<std::uint64_t> launches(std::uint32_t slot = 0) const;

private:
    engine::TransportPoint point(std::uint32_t offset) const;
    void processBlock(std::uint32_t frames);
    bool advanceTo(std::uint32_t frames);

    double sampleRate_;
    double tempo_ = 120;
    double anchorQuarters_ = 0;
    std::uint64_t framesSinceAnchor_ = 0;
    std::int64_t songFrame_ = 0;
    std::uint64_t frame_ = 0;
    std::size_t nextBlockSize_ = 0;
    std::multimap<std::uint64_t, std::function<void()>> actions_;
    std::multimap<std::uint64_t, engine::MidiMessage> midi_;
};

/** Index of the first sample in which output (both channels, from `frame`) differs from the clip (from `clipFrame`); −1: none. */
std::int64_t firstDifference(const SimulatedHost& host, std::uint64_t frame, const engine::Clip& clip, std::uint64_t clipFrame, std::uint64_t count);
/** Whether the output is exactly zero from `begin` up to `end`. */
bool isSilent(const SimulatedHost& host, std::uint64_t begin, std::uint64_t end);
/** Largest difference between neighbouring samples of the left channel in [begin, end). */
float largestStep(const SimulatedHost& host, std::uint64_t begin, std::uint64_t end);

} // namespace grym::test
