// Clips and segments that come and go while slots sound.
#include <doctest/doctest.h>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::engine::SlotState;
using grym::segment::CommandKind;
using grym::segment::CommandWhen;
using grym::segment::EventKind;

TEST_CASE("a clip swapped under a sounding loop takes over at the cycle's end; the old one comes back after its last voice") {
    SimulatedHost host;
    const auto* first = host.load(0, noiseClip(48000, 2, true, 1));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    const auto* second = host.load(0, noiseClip(48000, 2, true, 2));
    host.run(10000);
    CHECK(host.collect() == 0); // still sounding
    CHECK(host.engine.slotStatus(0).clipRevision == 2);
    CHECK(firstDifference(host, 0, *first, 0, 40000) == -1);
    host.run(8100); // 100 frames into the cross-fade
    CHECK(host.collect() == 0);
    host.run(50000);
    CHECK(firstDifference(host, 48000 + kFade, *second, kFade, 48000 - kFade) == -1);
    CHECK(host.collect() == 1);
    CHECK(host.eventsOf(EventKind::slotEnded).empty());
}

TEST_CASE("a stretched variant puts an off-tempo loop right from its next cycle on") {
    SimulatedHost host;
    host.setTempo(100);
    host.load(0, noiseClip(48000, 2, true, 1));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    CHECK(host.engine.slotStatus(0).offTempo);
    const auto* stretched = host.load(0, noiseClip(57600, 2, true, 2));
    host.run(57600 * 3 - 30000);
    CHECK_FALSE(host.engine.slotStatus(0).offTempo);
    CHECK(firstDifference(host, 57600, *stretched, 0, 57600) == -1); // out of the silent gap: unfaded
    CHECK(firstDifference(host, 115200, *stretched, 0, 57600) == -1);
}

TEST_CASE("a free-running loop takes its new clip at its own end") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    host.load(0, noiseClip(10000, 2, true, 1));
    host.noteOn(0, 0);
    host.run(3000);
    const auto* second = host.load(0, noiseClip(20000, 2, true, 2));
    host.run(40000);
    CHECK(firstDifference(host, 10000 + kFade, *second, kFade, 20000 - kFade) == -1);
    CHECK(firstDifference(host, 30000, *second, 0, 10000) == -1);
}

TEST_CASE("a removed clip fades in 5 ms, then comes back; armed launches are taken back") {
    SimulatedHost host;
    host.blockSizes = {100};
    host.load(0, noiseClip(48000, 2, true, 1));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOn(5000, 0);
    host.run(10000);
    host.clear(0);
    host.run(200);
    CHECK(host.collect() == 0);
    CHECK(host.engine.slotStatus(0).state == SlotState::empty);
    host.run(1000);
    CHECK(host.collect() == 1);
    CHECK(isSilent(host, 10000 + kFade, 11200));
    CHECK(host.eventsOf(EventKind::disarmed).size() == 1);
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
    host.run(100000);
    CHECK(host.launches().size() == 1);
}

TEST_CASE("many swaps in a row lose no clip") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    std::size_t collected = 0;
    for (unsigned round = 0; round < 300; ++round) {
        host.load(0, noiseClip(5000, 1, true, round + 1));
        host.noteOn(host.frame(), 0);
        host.run(50); // faster than the fades
        collected += host.collect();
    }
    host.run(10000);
    collected += host.collect();
    CHECK(collected == 299); // all but the one that is in the slot
}

TEST_CASE("a worker that never collects is refused, not waited for") {
    grym::engine::Engine engine;
    engine.prepare(48000, 64);
    std::size_t accepted = 0;
    grym::engine::Settings settings;
    for (int index = 0; index < 400; ++index) {
        auto clip = noiseClip(10, 1, true);
        if (!engine.postClip(0, clip.get())) continue;
        (void)clip.release();
        ++accepted;
        engine.process({}, settings);
    }
    CHECK(accepted == 128);
    while (auto* clip = engine.collectRetired()) delete clip;
    auto clip = noiseClip(10, 1, true);
    CHECK(engine.postClip(0, clip.get()));
    (void)clip.release();
}

TEST_CASE("while the host does not process, only the newest clip of a slot is kept; the others come back at once") {
    SimulatedHost host;
    host.run(64);
    for (unsigned revision = 1; revision <= 40; ++revision) {
        host.load(3, noiseClip(10, 1, true, revision));
        CHECK(host.collect() == (revision > 1 ? 1 : 0));
    }
    host.load(4, noiseClip(10, 1, true, 7));
    CHECK(host.collect() == 0); // another slot replaces nothing
    host.clear(4);
    CHECK(host.collect() == 1);
    host.run(64);
    CHECK(host.engine.slotStatus(3).clipRevision == 40);
    CHECK(host.engine.slotStatus(4).state == SlotState::empty);
    CHECK(host.collect() == 0);
}

TEST_CASE("after a change of segment its own frame counter counts, and the old one comes back") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    host.load(0, noiseClip(1000, 1, false));
    host.run(5000);
    grym::segment::SegmentProblem problem;
    auto second = grym::segment::SegmentWriter::create({"engine-test-2", 48000, 512, 1.0, 2}, problem);
    REQUIRE(second);
    auto reader = grym::segment::SegmentReader::attach(second->name(), problem);
    REQUIRE(reader);
    REQUIRE(host.engine.postSegment(second.get()));
    host.run(64);
    CHECK(host.engine.collectRetiredSegment() == host.writer.get());
    CHECK(host.engine.collectRetiredSegment() == nullptr);
    CHECK(host.writer->frameCounter() == 5000);
    host.reader = std::move(reader);
    host.noteOn(5100, 0);
    host.run(500);
    CHECK(host.launches() == std::vector<std::uint64_t>{100});
    REQUIRE(host.engine.postSegment(nullptr)); // shared memory gone: the show goes on
    host.noteOn(6000, 0);
    host.run(2000);
    CHECK(host.engine.collectRetiredSegment() == second.get());
    CHECK_FALSE(isSilent(host, 6000, 6500));
}

TEST_CASE("without shared memory commands come by the mailbox") {
    SimulatedHost host(48000, false);
    const auto* clip = host.load(4, noiseClip(20000, 1, false));
    auto launch = host.command(CommandKind::launch, 4, CommandWhen::frame);
    launch.frame = 777;
    REQUIRE(host.engine.postCommand(launch));
    host.run(10000);
    CHECK(isSilent(host, 0, 777));
    CHECK(firstDifference(host, 777, *clip, 0, 9000) == -1);
    CHECK(host.engine.framesProcessed() == 10000);
}

TEST_CASE("takeMail() puts clips in place while the host does not process") {
    SimulatedHost host;
    host.load(0, noiseClip(10, 1, true, 5));
    host.engine.takeMail();
    CHECK(host.engine.slotStatus(0).state == SlotState::stopped);
    CHECK(host.engine.slotStatus(0).clipRevision == 5);
}

TEST_CASE("a swapped clip with another cycle counts its phase from where it took over") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true, 1));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(30000);
    const auto* second = host.load(0, noiseClip(72000, 3, true, 2)); // takes over at quarter 2
    host.at(100000, [&] { host.locate(9.5); });                      // 7.5 quarters later: phase 1.5
    host.run(110000);
    CHECK(firstDifference(host, 48000 + kFade, *second, kFade, 50000) == -1);
    CHECK(firstDifference(host, 100000 + kFade, *second, 36000 + kFade, 20000) == -1);
}

TEST_CASE("launches and stops for frames of the old segment are void in the new one") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    const auto* playing = host.load(0, noiseClip(48000, 2, true, 1));
    host.load(1, noiseClip(1000, 1, false, 2));
    host.noteOn(0, 0);
    host.run(100);
    auto launch = host.command(CommandKind::launch, 1, CommandWhen::frame);
    launch.frame = 2000;
    auto stop = host.command(CommandKind::stop, 0, CommandWhen::frame);
    stop.frame = 2000;
    host.send(launch);
    host.send(stop);
    host.run(100);
    REQUIRE(host.engine.postSegment(nullptr));
    host.run(10000);
    CHECK(firstDifference(host, 0, *playing, 0, 10200) == -1);
    CHECK(host.engine.slotStatus(1).state == SlotState::stopped);
    CHECK(host.engine.collectRetiredSegment() == host.writer.get());
}
