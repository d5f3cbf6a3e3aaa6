// A quantised launch happens at the first line crossed in playback order, at the exact frame.
#include <doctest/doctest.h>

#include <cmath>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::segment::EventKind;

TEST_CASE("a note launches its slot at the next bar line, whatever the blocks are") {
    for (const std::vector<std::uint32_t>& sizes : std::vector<std::vector<std::uint32_t>>{
             {64}, {1, 2, 3}, {64, 1, 127, 512, 33}, {4800}, {200000}, {95999, 1, 1}, {96000}}) {
        SimulatedHost host;
        host.blockSizes = sizes;
        const auto* clip = host.load(0, noiseClip(48000, 2, true));
        host.playing = true;
        host.noteOn(1000, 0);
        host.run(200000);
        REQUIRE(host.launches() == std::vector<std::uint64_t>{96000});
        CHECK(host.eventsOf(EventKind::launched)[0].songQuarters == 4.0);
        CHECK(isSilent(host, 0, 96000));
        CHECK(firstDifference(host, 96000, *clip, 0, 48000) == -1);
        CHECK(firstDifference(host, 144000, *clip, 0, 48000) == -1);
    }
}

TEST_CASE("beats are quarter notes from the project's start") {
    SimulatedHost host;
    host.settings.quantise = Quantise::beat;
    host.load(0, noiseClip(48000, 2, true));
    host.locate(10.25);
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    CHECK(host.launches() == std::vector<std::uint64_t>{18000});
}

TEST_CASE("a note on the line's own frame launches there, one frame later waits for the next line") {
    SimulatedHost host;
    host.settings.quantise = Quantise::beat;
    host.load(0, noiseClip(1000, 0, false));
    host.load(1, noiseClip(1000, 0, false));
    host.playing = true;
    host.run(23000);
    host.noteOn(24000, 0);
    host.noteOn(24001, 1);
    host.run(40000);
    CHECK(host.launches(0) == std::vector<std::uint64_t>{24000});
    CHECK(host.launches(1) == std::vector<std::uint64_t>{48000});
}

TEST_CASE("a line between two frames is crossed by the first frame after it") {
    for (const double tempo : {123.4, 97.31, 61.7, 174.0, 299.99}) {
        SimulatedHost host;
        host.setTempo(tempo);
        host.load(0, noiseClip(100, 0, false));
        host.playing = true;
        host.noteOn(10, 0);
        host.run(200000);
        const auto expected = static_cast<std::uint64_t>(std::ceil(4 / host.quartersPerFrame()));
        CHECK(host.launches() == std::vector<std::uint64_t>{expected});
    }
}

TEST_CASE("starting on a line crosses it; starting just behind it does not") {
    for (const bool behind : {false, true}) {
        SimulatedHost host;
        host.load(0, noiseClip(48000, 2, true));
        host.noteOn(100, 0);
        host.locate(behind ? 8.001 : 8.0);
        host.at(5000, [&] { host.playing = true; });
        host.run(200000);
        const std::uint64_t expected = behind ? 5000 + static_cast<std::uint64_t>(std::ceil(3.999 * 24000)) : 5000;
        CHECK(host.launches() == std::vector<std::uint64_t>{expected});
    }
}

TEST_CASE("a jump that lands on a line crosses it, inside a block too") {
    SimulatedHost host;
    host.blockSizes = {20000};
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(10, 0);
    host.at(12345, [&] { host.locate(16); });
    host.run(100000);
    CHECK(host.launches() == std::vector<std::uint64_t>{12345});
}

TEST_CASE("a jump over a line does not cross it") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(10, 0);
    host.at(12345, [&] { host.locate(5); }); // over 4; the next line is 8
    host.run(120000);
    CHECK(host.launches() == std::vector<std::uint64_t>{12345 + 3 * 24000});
}

TEST_CASE("a loop's wrap that lands on a line crosses it, with and without a point from the host") {
    for (const bool wrapsItself : {false, true}) {
        SimulatedHost host;
        host.blockSizes = {1000, 77};
        host.wrapsItself = wrapsItself;
        host.load(0, noiseClip(48000, 2, true));
        host.playing = true;
        host.loopActive = true;
        host.loopStart = 4;
        host.loopEnd = 7; // before the line at 8
        host.locate(5);
        host.noteOn(10, 0);
        host.run(100000);
        REQUIRE(host.launches() == std::vector<std::uint64_t>{48000});
        CHECK(host.eventsOf(EventKind::launched)[0].songQuarters == 4.0);
    }
}

TEST_CASE("a loop's wrap to between lines crosses none") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.loopActive = true;
    host.loopStart = 5;
    host.loopEnd = 7;
    host.locate(6);
    host.noteOn(10, 0);
    host.run(300000);
    CHECK(host.launches().empty());
    CHECK(host.engine.slotStatus(0).state == grym::engine::SlotState::armed);
}

TEST_CASE("lines of N bars go by the host's bar number, else by bars from the project's start") {
    for (const bool numbered : {false, true}) {
        SimulatedHost host;
        host.settings.quantise = Quantise::bars;
        host.settings.quantiseBars = 4;
        host.barNumberKnown = numbered;
        host.barNumberAtAnchor = 1; // bar 1 at quarter 0: bar 4 begins at quarter 12
        host.load(0, noiseClip(48000, 2, true));
        host.playing = true;
        host.noteOn(10, 0);
        host.run(400000);
        CHECK(host.launches() == std::vector<std::uint64_t>{numbered ? 288000u : 384000u});
    }
}

TEST_CASE("a pre-roll before the project's start has lines as well") {
    SimulatedHost host;
    host.settings.quantise = Quantise::bars;
    host.settings.quantiseBars = 2;
    host.load(0, noiseClip(48000, 2, true));
    host.locate(-9);
    host.playing = true;
    host.noteOn(10, 0);
    host.run(30000);
    CHECK(host.launches() == std::vector<std::uint64_t>{24000}); // bar −2
}

TEST_CASE("a host that rounds positions down to ticks is still met at the exact frame") {
    for (const bool tellsSongFrame : {true, false}) {
        SimulatedHost host;
        host.blockSizes = {1024};
        host.ticksPerQuarter = 1920;
        host.tellsSongFrame = tellsSongFrame;
        host.load(0, noiseClip(48000, 2, true));
        if (tellsSongFrame) host.locate(1.23456789);
        const double start = host.song();
        host.playing = true;
        host.noteOn(10, 0);
        host.run(200000);
        const auto expected = static_cast<std::uint64_t>(std::ceil((4 - start) * 24000 - 0.5));
        REQUIRE(host.launches().size() == 1);
        CHECK(std::llabs(static_cast<long long>(host.launches()[0]) - static_cast<long long>(expected)) <= 1);
    }
}
