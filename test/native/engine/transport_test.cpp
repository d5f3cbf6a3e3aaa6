// Stop, start and jumps of the transport; launches for an absolute position.
#include <doctest/doctest.h>

#include <cmath>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::engine::SlotState;
using grym::segment::CommandKind;
using grym::segment::CommandWhen;
using grym::segment::EventKind;

namespace {

/** A loop of one sine period per 480 frames, so that any jump of phase would be a step. */
std::unique_ptr<grym::engine::Clip> sineClip(std::uint64_t frames, double quarterNotes) {
    auto clip = noiseClip(frames, quarterNotes, true);
    for (std::uint64_t index = 0; index < frames; ++index)
        clip->left[index] = clip->right[index] = 0.5f * static_cast<float>(std::sin(2 * M_PI * static_cast<double>(index) / 480));
    return clip;
}

} // namespace

TEST_CASE("while the transport stands, quantised launches are armed and shown so") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true));
    host.noteOn(100, 0);
    host.run(10000);
    CHECK(host.engine.slotStatus(0).state == SlotState::armed);
    CHECK(host.engine.slotStatus(0).launchArmed);
    CHECK(host.eventsOf(EventKind::armed).size() == 1);
    CHECK(isSilent(host, 0, 10000));
    host.playing = true;
    host.run(1000);
    CHECK(host.launches() == std::vector<std::uint64_t>{10000}); // position 0 is a line
    CHECK(host.engine.slotStatus(0).state == SlotState::playing);
}

TEST_CASE("quantise none sounds at once while the transport stands, and repeats by its own length") {
    for (const bool hasTransport : {true, false}) {
        SimulatedHost host;
        host.hasTransport = hasTransport;
        host.settings.quantise = Quantise::none;
        const auto* clip = host.load(0, noiseClip(1000, 2, true));
        host.noteOn(123, 0);
        host.run(5000);
        CHECK(host.launches() == std::vector<std::uint64_t>{123});
        CHECK(isSilent(host, 0, 123));
        for (std::uint64_t cycle = 0; cycle < 4; ++cycle) CHECK(firstDifference(host, 123 + cycle * 1000, *clip, 0, 1000) == -1);
    }
}

TEST_CASE("a transport stop fades quantised slots in 5 ms; a start resumes them in phase") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.at(30000, [&] { host.playing = false; });
    host.at(40000, [&] { host.playing = true; });
    host.run(100000);
    CHECK(host.launches() == std::vector<std::uint64_t>{0});
    CHECK(firstDifference(host, 0, *clip, 0, 30000) == -1);
    CHECK_FALSE(isSilent(host, 30000, 30000 + kFade));
    CHECK(isSilent(host, 30000 + kFade, 40000));
    // Song frame 30000 follows at output frame 40000; the clip comes back faded in, then exactly.
    CHECK(firstDifference(host, 40000 + kFade, *clip, 30000 + kFade, 18000 - kFade) == -1);
    CHECK(firstDifference(host, 58000, *clip, 0, 42000) == -1);
    CHECK(host.eventsOf(EventKind::slotEnded).empty());
}

TEST_CASE("a paused slot is shown as paused and resumes in phase elsewhere in the song") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    host.playing = false;
    host.run(5000);
    CHECK(host.engine.slotStatus(0).state == SlotState::paused);
    host.locate(17.0); // launch position 0, cycle of 2: one quarter into it
    host.playing = true;
    host.run(50000);
    CHECK(firstDifference(host, 35000 + kFade, *clip, 24000 + kFade, 24000 - kFade) == -1);
    CHECK(host.engine.slotStatus(0).state == SlotState::playing);
}

TEST_CASE("resuming on the cycle's start begins with the clip's first sample, unfaded") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true, 1, false));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    host.playing = false;
    host.run(5000);
    host.locate(4.0);
    host.playing = true;
    host.run(50000);
    CHECK(firstDifference(host, 35000, *clip, 0, 48000) == -1);
}

TEST_CASE("a slot launched at once by hand sounds on when the transport stops") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(1000, 0);
    host.at(20000, [&] { host.playing = false; });
    host.run(120000);
    CHECK(firstDifference(host, 1000, *clip, 0, 48000) == -1);
    CHECK(firstDifference(host, 49000, *clip, 0, 48000) == -1);
}

TEST_CASE("after a jump the right phase is cross-faded in within 5 ms") {
    SimulatedHost host;
    const auto* clip = host.load(0, sineClip(48000, 2));
    host.playing = true;
    host.noteOn(0, 0);
    host.at(30000, [&] { host.locate(5.005); }); // phase 1.005 quarters: 24120 frames, half a sine off
    host.run(80000);
    CHECK(firstDifference(host, 30000 + kFade, *clip, 24120 + kFade, 20000) == -1);
    CHECK(firstDifference(host, 0, *clip, 0, 30000) == -1);
    const float steepest = 0.5f * static_cast<float>(2 * M_PI / 480);
    CHECK(largestStep(host, 29000, 31000) < 1.6f * steepest);
}

TEST_CASE("a host loop of whole cycles passes without a seam") {
    for (const bool wrapsItself : {false, true}) {
        SimulatedHost host;
        host.wrapsItself = wrapsItself;
        const auto* clip = host.load(0, noiseClip(48000, 2, true, 3, false));
        host.playing = true;
        host.loopActive = true;
        host.loopEnd = 4;
        host.noteOn(0, 0);
        host.run(400000);
        for (std::uint64_t cycle = 0; cycle < 8; ++cycle) CHECK(firstDifference(host, cycle * 48000, *clip, 0, 48000) == -1);
    }
}

TEST_CASE("a launch for a song position stays armed over locates and stops, and happens when playback crosses it") {
    SimulatedHost host;
    const auto* clip = host.load(3, noiseClip(48000, 2, true));
    auto launch = host.command(CommandKind::launch, 3, CommandWhen::songPosition);
    launch.songQuarters = 9.5;
    host.send(launch);
    host.run(1000);
    CHECK(host.engine.slotStatus(3).state == SlotState::armed);
    CHECK(host.engine.slotStatus(3).armedSongQuarters == 9.5);
    host.playing = true;
    host.run(24000);
    host.locate(20); // over it: not crossed
    host.run(24000);
    host.playing = false;
    host.run(1000);
    host.locate(9);
    host.run(1000);
    CHECK(host.launches(3).empty());
    CHECK(host.engine.slotStatus(3).state == SlotState::armed);
    host.playing = true;
    host.run(60000);
    CHECK(host.launches(3) == std::vector<std::uint64_t>{51000 + 12000});
    CHECK(firstDifference(host, 63000, *clip, 0, 48000) == -1);
    CHECK(std::isnan(host.engine.slotStatus(3).armedSongQuarters));
    CHECK(host.eventsOf(EventKind::launched)[0].commandId == 7);
}

TEST_CASE("armed launches survive a new activation; what follows the transport resumes after it") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.load(1, noiseClip(48000, 2, true, 2));
    auto launch = host.command(CommandKind::launch, 1, CommandWhen::songPosition);
    launch.songQuarters = 100;
    host.send(launch);
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    host.engine.prepare(48000, 1024);
    CHECK(host.engine.slotStatus(1).state == SlotState::armed);
    host.run(60000);
    CHECK(firstDifference(host, 30000 + kFade, *clip, 30000 + kFade, 18000 - kFade) == -1);
}

TEST_CASE("an offline render runs through the end of a loop that is switched on") {
    SimulatedHost host;
    host.blockSizes = {30000};
    host.offline = true;
    host.loopActive = true;
    host.loopIsIgnored = true;
    host.loopStart = 1;
    host.loopEnd = 3.5; // inside a block
    const auto* clip = host.load(0, noiseClip(120000, 5, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(115000);
    CHECK(firstDifference(host, 0, *clip, 0, 115000) == -1);
}

TEST_CASE("a stop that waits for its line is done when the transport stops") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(10000);
    host.send(host.command(CommandKind::stop, 0, CommandWhen::bars));
    host.run(1000);
    CHECK(host.engine.slotStatus(0).stopArmed);
    host.playing = false;
    host.run(1000);
    CHECK(host.engine.slotStatus(0).state == SlotState::stopped);
    CHECK_FALSE(host.engine.slotStatus(0).stopArmed);
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
    host.playing = true;
    host.run(50000);
    CHECK(isSilent(host, 11000 + kFade, 62000));
}

TEST_CASE("launch and stop for song positions bound a clip") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(24000, 1, true));
    auto launch = host.command(CommandKind::launch, 0, CommandWhen::songPosition);
    launch.songQuarters = 1.25;
    auto stop = host.command(CommandKind::stop, 0, CommandWhen::songPosition);
    stop.songQuarters = 3;
    stop.id = 8;
    host.send(launch);
    host.send(stop);
    host.playing = true;
    host.run(100000);
    CHECK(host.launches() == std::vector<std::uint64_t>{30000});
    CHECK(firstDifference(host, 30000, *clip, 0, 24000) == -1);
    CHECK(firstDifference(host, 54000, *clip, 0, 18000) == -1);
    CHECK(isSilent(host, 72000 + kFade, 100000));
    REQUIRE(host.eventsOf(EventKind::slotEnded).size() == 1);
    CHECK(host.eventsOf(EventKind::slotEnded)[0].commandId == 8);
}

TEST_CASE("a locate inside a one-shot goes there, out of it ends it") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(96000, 4, false));
    host.playing = true;
    host.noteOn(0, 0);
    host.at(30000, [&] { host.locate(3); });
    host.at(40000, [&] { host.locate(40); });
    host.run(60000);
    CHECK(firstDifference(host, 30000 + kFade, *clip, 72000 + kFade, 10000 - kFade) == -1);
    CHECK(isSilent(host, 40000 + kFade, 60000));
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
}

TEST_CASE("a locate to before the launch keeps a loop in phase") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(72000, 3, true));
    host.locate(8);
    host.playing = true;
    host.noteOn(0, 0);
    host.at(30000, [&] { host.locate(1); }); // 7 quarters before: 3 cycles back, phase 2
    host.run(60000);
    CHECK(firstDifference(host, 30000 + kFade, *clip, 48000 + kFade, 20000) == -1);
}

TEST_CASE("reset() silences at once and frees nothing") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(10000);
    host.engine.reset();
    CHECK(host.engine.slotStatus(0).state == SlotState::paused);
    CHECK(host.collect() == 0);
    host.playing = false;
    host.run(1000);
    CHECK(isSilent(host, 10000, 11000));
    host.locate(2);
    host.playing = true;
    host.run(10000);
    CHECK(firstDifference(host, 11000, *clip, 0, 10000) == -1);
}

TEST_CASE("quantised slots fade when the host's transport goes away altogether") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(10000);
    host.hasTransport = false;
    host.run(5000);
    CHECK(isSilent(host, 10000 + kFade, 15000));
}

TEST_CASE("a host loop cuts and displaces no one-shot, whatever the tempo did since its launch, and whatever the host rounds") {
    for (const bool wrapsItself : {false, true}) {
        for (const double ticks : {0.0, 1920.0, 960.0}) {
            for (const double laterTempo : {133.7, 40.0, 230.0}) {
                CAPTURE(wrapsItself);
                CAPTURE(ticks);
                CAPTURE(laterTempo);
                SimulatedHost host;
                host.wrapsItself = wrapsItself;
                host.ticksPerQuarter = ticks;
                host.tellsSongFrame = false;
                host.loopActive = true;
                host.loopEnd = 4;
                const auto* clip = host.load(0, noiseClip(300000, 12, false));
                host.playing = true;
                host.noteOn(0, 0);
                host.at(50048, [&] { host.setTempo(laterTempo); });
                host.run(310000);
                CHECK(host.launches() == std::vector<std::uint64_t>{0});
                CHECK(firstDifference(host, 0, *clip, 0, 300000) == -1);
                const auto ended = host.eventsOf(EventKind::slotEnded);
                REQUIRE(ended.size() == 1);
                CHECK(ended[0].frame == 300000);
            }
        }
    }
}

TEST_CASE("after a change of tempo a locate moves a one-shot from where it stands") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(200000, 8, false));
    host.playing = true;
    host.noteOn(0, 0);
    host.at(24000, [&] { host.setTempo(60); });                  // 48000 frames per quarter from here on
    host.at(72000, [&] { host.locate(host.song() + 0.5); });     // the clip stands at frame 72000, one half quarter on
    host.run(120000);
    CHECK(firstDifference(host, 0, *clip, 0, 72000) == -1);
    CHECK(firstDifference(host, 72000 + kFade, *clip, 96000 + kFade, 40000) == -1);
}

TEST_CASE("a one-shot that paused goes on where it stood, also at another tempo") {
    for (const bool byReset : {false, true}) {
        SimulatedHost host;
        const auto* clip = host.load(0, noiseClip(100000, 4, false));
        host.playing = true;
        host.noteOn(0, 0);
        host.run(20000);
        host.setTempo(180);
        host.run(10000);
        if (byReset) host.engine.reset();
        host.playing = false;
        host.run(1000);
        host.setTempo(90);
        host.playing = true;
        host.run(60000);
        CHECK(firstDifference(host, 31000 + kFade, *clip, 30000 + kFade, 50000) == -1);
    }
}
