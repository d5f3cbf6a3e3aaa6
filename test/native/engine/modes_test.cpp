// Launch modes, stops, relaunches.
#include <doctest/doctest.h>

#include <cmath>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::engine::SlotState;
using grym::segment::CommandKind;
using grym::segment::CommandWhen;
using grym::segment::EventKind;
using grym::segment::LaunchMode;
using grym::segment::RefusalReason;

TEST_CASE("trigger: a second note launches again at the next line, over the fading first voice") {
    SimulatedHost host;
    host.settings.quantise = Quantise::beat;
    const auto* clip = host.load(0, noiseClip(100000, 4, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOff(5000, 0);
    host.noteOn(30000, 0);
    host.run(100000);
    CHECK(host.launches() == std::vector<std::uint64_t>{0, 48000});
    CHECK(firstDifference(host, 0, *clip, 0, 48000) == -1);
    CHECK(firstDifference(host, 48000, *clip, 0, kFade) != -1); // the old voice is still heard
    CHECK(firstDifference(host, 48000 + kFade, *clip, 0 + kFade, 50000) == -1);
    CHECK(host.eventsOf(EventKind::slotEnded).empty());
}

TEST_CASE("relaunching a loop at its own seam is no interruption") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(96000, 4, true, 1, false));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOn(50000, 0);
    host.run(192000);
    CHECK(host.launches() == std::vector<std::uint64_t>{0, 96000});
    CHECK(firstDifference(host, 96000, *clip, 0, 96000) == -1);
}

TEST_CASE("a clip whose first sample would click is faded in over another sound, never from silence") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    auto clip = noiseClip(48000, 2, true);
    for (auto* channel : {&clip->left, &clip->right}) std::fill(channel->begin(), channel->end(), 0.5f);
    host.load(0, std::move(clip));
    host.noteOn(100, 0);
    host.noteOn(10000, 0);
    host.run(20000);
    CHECK(host.left[99] == 0.0f);
    CHECK(host.left[100] == 0.5f);
    for (std::uint64_t frame = 9000; frame < 12000; ++frame) REQUIRE(std::fabs(host.left[frame] - 0.5f) < 1e-5f);
}

TEST_CASE("gate: the note's end stops the slot in 5 ms") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::gate;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOff(10000, 0);
    host.run(20000);
    CHECK(firstDifference(host, 0, *clip, 0, 10000) == -1);
    CHECK_FALSE(isSilent(host, 10000, 10000 + kFade));
    CHECK(isSilent(host, 10000 + kFade, 20000));
    const auto ended = host.eventsOf(EventKind::slotEnded);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].frame == 10000 + kFade);
}

TEST_CASE("gate: released before the line, nothing is launched") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::gate;
    host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(100, 0);
    host.noteOn(9000, 0, 0); // velocity 0 is a note-off
    host.run(120000);
    CHECK(host.launches().empty());
    CHECK(host.eventsOf(EventKind::disarmed).size() == 1);
    CHECK(isSilent(host, 0, 120000));
}

TEST_CASE("toggle: the second note stops at the next line; while armed it takes the launch back") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::toggle;
    host.settings.quantise = Quantise::beat;
    const auto* clip = host.load(0, noiseClip(96000, 4, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOn(30000, 0); // stop at 48000
    host.run(40000);
    CHECK(host.engine.slotStatus(0).stopArmed);
    host.run(20000);
    CHECK(firstDifference(host, 0, *clip, 0, 48000) == -1);
    CHECK(isSilent(host, 48000 + kFade, 60000));
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
    host.noteOn(61000, 0);
    host.noteOn(62000, 0);
    host.run(60000);
    CHECK(host.eventsOf(EventKind::disarmed).size() == 1);
    CHECK(host.launches().size() == 1);
}

TEST_CASE("toggle: a third note before the line keeps the slot playing") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::toggle;
    const auto* clip = host.load(0, noiseClip(96000, 4, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOn(30000, 0);
    host.noteOn(40000, 0);
    host.run(190000);
    CHECK(firstDifference(host, 96000, *clip, 0, 90000) == -1);
    CHECK(host.launches().size() == 1);
}

TEST_CASE("toggle works with quantise none and a standing transport") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::toggle;
    host.settings.quantise = Quantise::none;
    host.load(0, noiseClip(96000, 4, true));
    host.noteOn(10, 0);
    host.noteOn(1000, 0);
    host.run(5000);
    CHECK(isSilent(host, 1000 + kFade, 5000));
    CHECK(host.engine.slotStatus(0).state == SlotState::stopped);
}

TEST_CASE("stop commands: now, at a line, all slots") {
    SimulatedHost host;
    for (std::uint32_t slot = 0; slot < 3; ++slot) {
        host.load(slot, noiseClip(96000, 4, true, slot + 1));
        host.noteOn(0, slot);
    }
    host.playing = true;
    host.run(10000);
    host.send(host.command(CommandKind::stop, 0, CommandWhen::now));
    host.send(host.command(CommandKind::stop, 1, CommandWhen::beat));
    host.run(20000);
    CHECK(host.engine.slotStatus(0).state == SlotState::stopped);
    CHECK(host.engine.slotStatus(1).state == SlotState::stopped);
    CHECK(host.engine.slotStatus(2).state == SlotState::playing);
    host.send(host.command(CommandKind::stopAll, 0, CommandWhen::now));
    host.run(1000);
    CHECK(isSilent(host, 30000 + kFade, 31000));
    const auto ended = host.eventsOf(EventKind::slotEnded);
    REQUIRE(ended.size() == 3);
    CHECK(ended[0].frame == 10000 + kFade);
    CHECK(ended[1].frame == 24000 + kFade);
    CHECK(ended[0].commandId == 7);
}

TEST_CASE("a stop takes an armed launch back, and a quantised stop acts at once while the transport stands") {
    SimulatedHost host;
    host.load(0, noiseClip(96000, 4, true));
    host.noteOn(10, 0);
    host.run(1000);
    host.send(host.command(CommandKind::stop, 0, CommandWhen::slotQuantise));
    host.run(1000);
    CHECK(host.engine.slotStatus(0).state == SlotState::stopped);
    CHECK(host.eventsOf(EventKind::disarmed).size() == 1);
    host.playing = true;
    host.run(120000);
    CHECK(host.launches().empty());
}

TEST_CASE("an empty slot refuses a launch") {
    SimulatedHost host;
    host.playing = true;
    host.noteOn(10, 5);
    host.run(1000);
    const auto refused = host.eventsOf(EventKind::refused);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].slot == 5);
    CHECK(refused[0].data0 == static_cast<std::uint32_t>(RefusalReason::slotEmpty));
}

TEST_CASE("a mode sent for one slot holds until the setting is changed") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    host.load(0, noiseClip(48000, 2, true));
    auto mode = host.command(CommandKind::mode, 0, CommandWhen::now);
    mode.value = 1; // gate
    host.send(mode);
    host.noteOn(10, 0);
    host.noteOff(2000, 0);
    host.run(5000);
    CHECK(isSilent(host, 2000 + kFade, 5000));
    host.settings.mode = LaunchMode::toggle;
    host.noteOn(6000, 0);
    host.noteOff(7000, 0);
    host.run(5000);
    CHECK_FALSE(isSilent(host, 8000, 9000));
}

TEST_CASE("notes outside 36 … 51 launch nothing; all-notes-off releases gates only") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    host.settings.mode = LaunchMode::gate;
    for (std::uint32_t slot = 0; slot < 16; ++slot) host.load(slot, noiseClip(48000, 2, true, slot + 1));
    host.midi(10, 0x90, 35, 100);
    host.midi(11, 0x9f, 52, 100);
    host.run(1000);
    CHECK(host.eventsOf(EventKind::launched).empty());
    CHECK(host.eventsOf(EventKind::note).size() == 2);
    host.midi(1100, 0x95, 51, 1); // any channel, any velocity
    host.midi(2000, 0xb5, 123, 0);
    host.run(2000);
    CHECK(host.launches(15) == std::vector<std::uint64_t>{1100});
    CHECK(isSilent(host, 2000 + kFade, 3000));
}

TEST_CASE("the note-off of a gate whose launch was refused stops nothing") {
    SimulatedHost host;
    host.settings.mode = LaunchMode::gate;
    host.numerator = 0; // no metre: bars are refused
    const auto* clip = host.load(0, noiseClip(96000, 4, true));
    host.playing = true;
    host.run(1000);
    host.send(host.command(CommandKind::launch, 0, CommandWhen::now));
    host.noteOn(2000, 0);
    host.noteOff(3000, 0);
    host.run(10000);
    CHECK(host.eventsOf(EventKind::refused).size() == 1);
    CHECK(firstDifference(host, 1000, *clip, 0, 10000) == -1);
}
