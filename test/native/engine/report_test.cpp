// What the engine tells: events, refusals, transport records.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::segment::CommandKind;
using grym::segment::CommandWhen;
using grym::segment::EventKind;
using grym::segment::RefusalReason;

TEST_CASE("a macro is reported once per block in which it moved") {
    SimulatedHost host;
    host.blockSizes = {64};
    host.run(640);
    CHECK(host.eventsOf(EventKind::macroMoved).empty());
    host.settings.macros[3] = 0.25f;
    host.run(640);
    host.settings.macros[3] = 0.5f;
    host.settings.macros[7] = 1.0f;
    host.run(640);
    const auto moved = host.eventsOf(EventKind::macroMoved);
    REQUIRE(moved.size() == 3);
    CHECK(moved[0].data0 == 3);
    CHECK(moved[0].value == 0.25);
    CHECK(moved[0].frame == 640);
    CHECK(moved[2].data0 == 7);
}

TEST_CASE("notes are reported with status, key, velocity and frame") {
    SimulatedHost host;
    host.midi(333, 0x93, 60, 77);
    host.run(1000);
    const auto notes = host.eventsOf(EventKind::note);
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].data0 == 0x93);
    CHECK(notes[0].data1 == (60u << 8 | 77u));
    CHECK(notes[0].frame == 333);
}

TEST_CASE("a call that comes late is reported, not so offline") {
    for (const bool offline : {false, true}) {
        SimulatedHost host;
        host.blockSizes = {480};
        host.offline = offline;
        host.clockNanoseconds = 1'000'000'000;
        host.nanosecondsPerFrame = 20833;
        host.run(48000);
        CHECK(host.eventsOf(EventKind::lateCall).empty());
        host.clockNanoseconds += 35'000'000;
        host.run(4800);
        const auto late = host.eventsOf(EventKind::lateCall);
        REQUIRE(late.size() == (offline ? 0 : 1));
        if (!offline) CHECK(late[0].value == doctest::Approx(35.0).epsilon(0.01));
        CHECK(host.reader->pluginHeartbeat() > 1'000'000'000);
    }
}

TEST_CASE("the time between deactivation and activation is no late call; what comes after it counts again") {
    SimulatedHost host;
    host.blockSizes = {480};
    host.clockNanoseconds = 1'000'000'000;
    host.nanosecondsPerFrame = 20833;
    host.run(4800);
    host.engine.expectPause();
    host.clockNanoseconds += 800'000'000;
    host.run(4800);
    CHECK(host.eventsOf(EventKind::lateCall).empty());
    host.clockNanoseconds += 35'000'000;
    host.run(4800);
    CHECK(host.eventsOf(EventKind::lateCall).size() == 1);
}

TEST_CASE("jitter of the host and a drifting clock are no late calls") {
    SimulatedHost host;
    host.blockSizes = {480};
    host.clockNanoseconds = 1'000'000'000;
    host.nanosecondsPerFrame = 20860; // 0.13 % slow
    for (int block = 0; block < 3000; ++block) {
        host.clockNanoseconds += block % 2 == 0 ? 3'000'000 : 0;
        host.run(480);
        host.clockNanoseconds -= block % 2 == 0 ? 3'000'000 : 0;
    }
    CHECK(host.eventsOf(EventKind::lateCall).empty());
}

TEST_CASE("commands out of range are refused as malformed") {
    SimulatedHost host;
    host.load(0, noiseClip(1000, 1, false));
    auto wrongKind = host.command(static_cast<CommandKind>(99), 0, CommandWhen::now);
    auto wrongSlot = host.command(CommandKind::launch, 16, CommandWhen::now);
    auto wrongWhen = host.command(CommandKind::launch, 0, static_cast<CommandWhen>(77));
    auto noBars = host.command(CommandKind::launch, 0, CommandWhen::bars);
    noBars.quantiseBars = 0;
    auto manyBars = noBars;
    manyBars.quantiseBars = 65;
    auto noPosition = host.command(CommandKind::launch, 0, CommandWhen::songPosition);
    noPosition.songQuarters = std::numeric_limits<double>::quiet_NaN();
    auto loud = host.command(CommandKind::gain, 0, CommandWhen::now);
    loud.value = 12.1;
    auto wrongMode = host.command(CommandKind::mode, 0, CommandWhen::now);
    wrongMode.value = 0.5;
    for (const auto& bad : {wrongKind, wrongSlot, wrongWhen, noBars, manyBars, noPosition, loud, wrongMode})
        REQUIRE(host.engine.postCommand(bad));
    host.run(1000);
    const auto refused = host.eventsOf(EventKind::refused);
    CHECK(refused.size() == 8);
    for (const auto& event : refused) CHECK(event.data0 == static_cast<std::uint32_t>(RefusalReason::malformed));
    CHECK(host.launches().empty());
}

TEST_CASE("random bytes as commands do no harm") {
    SimulatedHost host;
    for (std::uint32_t slot = 0; slot < 16; ++slot) host.load(slot, noiseClip(3000 + slot, 0.25, slot % 2 == 0, slot + 1));
    host.playing = true;
    std::mt19937_64 random(11);
    for (int round = 0; round < 20000; ++round) {
        grym::segment::Command command{};
        auto* words = reinterpret_cast<unsigned char*>(&command);
        for (std::size_t index = 0; index < sizeof(command); ++index) words[index] = static_cast<unsigned char>(random());
        if (round % 2 == 0) { // half of them with a head that is believed
            command.kind = static_cast<CommandKind>(1 + random() % 6);
            command.slot = static_cast<std::uint32_t>(random() % 17);
            command.when = static_cast<CommandWhen>(random() % 7);
            command.quantiseBars = static_cast<std::uint32_t>(random() % 66);
        }
        host.engine.postCommand(command);
        if (round % 8 == 0) host.run(17);
    }
    for (const float sample : host.left) REQUIRE(std::isfinite(sample));
}

TEST_CASE("at most 32 commands of a queue are obeyed in one block") {
    SimulatedHost host;
    for (int index = 0; index < 100; ++index) host.send(host.command(CommandKind::launch, 0, CommandWhen::now)); // empty slot: refused
    host.blockSizes = {64};
    host.run(64);
    CHECK(host.eventsOf(EventKind::refused).size() == 32);
    host.run(64 * 3);
    CHECK(host.eventsOf(EventKind::refused).size() == 100);
}

TEST_CASE("a launch for a capture frame happens at that frame") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(5000, 1, false));
    auto launch = host.command(CommandKind::launch, 0, CommandWhen::frame);
    launch.frame = 4321;
    host.send(launch);
    host.run(10000);
    CHECK(host.launches() == std::vector<std::uint64_t>{4321});
    CHECK(firstDifference(host, 4321, *clip, 0, 5000) == -1);
}

TEST_CASE("transport records predict the song position to half a frame, and are few") {
    SimulatedHost host;
    host.playing = true;
    host.loopActive = true;
    host.loopEnd = 8;
    std::vector<std::pair<std::uint64_t, double>> truth;
    host.at(100000, [&] { host.locate(3.3); });
    host.at(150000, [&] { host.setTempo(133.7); });
    std::uint64_t read = 0;
    std::vector<grym::segment::TransportRecord> records;
    for (int step = 0; step < 4000; ++step) {
        truth.emplace_back(host.frame(), host.song());
        host.run(64);
        grym::segment::CounterRange range;
        REQUIRE(host.reader->transportRange(range) == grym::segment::ReadResult::ok);
        for (; read < range.end; ++read) {
            grym::segment::TransportRecord record;
            REQUIRE(host.reader->readTransport(read, record) == grym::segment::ReadResult::ok);
            records.push_back(record);
        }
    }
    std::size_t at = 0;
    for (const auto& [frame, song] : truth) {
        if (frame == 100032 || frame == 150016) continue; // the action ran inside this block, after `song` was read
        while (at + 1 < records.size() && records[at + 1].frame <= frame) ++at;
        const double quartersPerFrame = records[at].tempoBpm / 60 / 48000;
        const double predicted = records[at].songQuarters + static_cast<double>(frame - records[at].frame) * quartersPerFrame;
        REQUIRE(std::fabs(predicted - song) / quartersPerFrame <= 0.5 + 1e-6);
        REQUIRE(frame - records[at].frame <= 4096 + 64);
    }
    CHECK(records.size() < 4000 * 64 / 4096 + 40);
}

TEST_CASE("a slot that reset(), prepare() or takeMail() stops is reported as ended, at once") {
    for (const int how : {0, 1, 2}) {
        CAPTURE(how);
        SimulatedHost host;
        host.load(0, noiseClip(48000, 2, true, 1));
        host.load(1, noiseClip(48000, 2, true, 2));
        host.settings.quantise = Quantise::none; // sounds by itself: it does not come back with the transport
        host.noteOn(0, 0);
        host.noteOn(0, 1);
        host.run(5000);
        host.send(host.command(CommandKind::stop, 1, CommandWhen::now));
        host.run(100); // slot 1 is fading out
        if (how == 0) host.engine.reset();
        else if (how == 1) host.engine.prepare(48000, 512);
        else host.engine.takeMail();
        host.readEvents();
        const auto ended = host.eventsOf(EventKind::slotEnded);
        REQUIRE(ended.size() == 2);
        CHECK(ended[0].slot == 0);
        CHECK(ended[0].frame == 5100);
        CHECK(ended[1].slot == 1);
        CHECK(ended[1].commandId == 7);
        host.engine.reset();
        host.run(1000);
        CHECK(host.eventsOf(EventKind::slotEnded).size() == 2);
    }
}

TEST_CASE("slots that are emptied for another sample rate are reported to the segment that goes") {
    SimulatedHost host;
    host.load(0, noiseClip(48000, 2, true, 1));
    host.load(1, noiseClip(48000, 2, true, 2));
    host.playing = true;
    host.noteOn(0, 0); // follows the transport
    host.run(3000);
    host.settings.quantise = Quantise::none;
    host.noteOn(3000, 1);
    host.run(3000);
    host.engine.takeMail();
    host.clear(0);
    host.clear(1);
    REQUIRE(host.engine.postSegment(nullptr));
    host.engine.takeMail();
    host.engine.prepare(96000, 512);
    host.readEvents();
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 2);
    CHECK(host.engine.slotStatus(0).state == grym::engine::SlotState::empty);
    CHECK(host.collect() == 2);
    CHECK(host.engine.collectRetiredSegment() == host.writer.get());
}

TEST_CASE("a pause and what ends it are reported; a stop out of a pause is an end") {
    SimulatedHost host;
    host.blockSizes = {64};
    host.load(0, noiseClip(48000, 2, true, 1));
    host.load(1, noiseClip(48000, 2, true, 2));
    host.playing = true;
    host.noteOn(0, 0);
    host.noteOn(0, 1);
    host.run(6400);
    CHECK(host.eventsOf(EventKind::paused).empty());
    host.playing = false;
    host.run(6400);
    const auto paused = host.eventsOf(EventKind::paused);
    REQUIRE(paused.size() == 2);
    CHECK(paused[0].slot == 0);
    CHECK(paused[0].frame == 6464); // the block in which the host stopped is told of at its end
    host.send(host.command(CommandKind::stop, 1, CommandWhen::now));
    host.run(640);
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
    host.playing = true;
    host.run(6400);
    const auto resumed = host.eventsOf(EventKind::resumed);
    REQUIRE(resumed.size() == 1);
    CHECK(resumed[0].slot == 0);
    host.engine.reset(); // silent until the next block starts the transport anew
    host.readEvents();
    CHECK(host.eventsOf(EventKind::paused).size() == 3);
    host.run(640);
    CHECK(host.eventsOf(EventKind::resumed).size() == 2);
    CHECK(host.eventsOf(EventKind::slotEnded).size() == 1);
}

TEST_CASE("off tempo is reported when it begins and ends, at most ten times a second") {
    SimulatedHost host;
    host.blockSizes = {64};
    host.load(0, noiseClip(48000, 2, true, 1));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(6400);
    CHECK(host.eventsOf(EventKind::offTempo).empty());
    host.setTempo(100);
    host.run(64);
    REQUIRE(host.eventsOf(EventKind::offTempo).size() == 1);
    CHECK(host.eventsOf(EventKind::offTempo)[0].data0 == 1);
    CHECK(host.eventsOf(EventKind::offTempo)[0].slot == 0);
    for (int change = 0; change < 750; ++change) { // one second
        host.setTempo(change % 2 == 0 ? 120 : 100);
        host.run(64);
    }
    CHECK(host.eventsOf(EventKind::offTempo).size() >= 8);
    CHECK(host.eventsOf(EventKind::offTempo).size() <= 11);
    host.setTempo(120);
    host.run(9600);
    CHECK(host.eventsOf(EventKind::offTempo).back().data0 == 0);
    host.noteOn(host.frame(), 0); // waits for its bar, which comes at once off tempo
    host.setTempo(90);
    host.run(120000);
    CHECK(host.eventsOf(EventKind::offTempo).back().data0 == 1);
    CHECK(host.eventsOf(EventKind::offTempo).back().frame > host.launches().back());
}

TEST_CASE("positions, tempos and loops that no song has neither overflow nor write a record that the daemon throws away") {
    static const double quarters[] = {0, 1e-303, -1e9, 1e9, 1e300, -1e300, std::numeric_limits<double>::quiet_NaN(), 3.75};
    static const double tempos[] = {120, 1e-320, 1e-300, 1e-3, 100'000, 1e300, -1, std::numeric_limits<double>::infinity()};
    static const std::int64_t songFrames[] = {0, INT64_MAX, INT64_MAX - 100, INT64_MIN, INT64_MIN + 1, 1ll << 53, -(1ll << 53), 48000};
    static const std::int32_t numbers[] = {4, 0, -1, INT32_MAX, INT32_MIN, 4096, 1, 3};
    SimulatedHost host;
    host.load(0, noiseClip(3000, 1, true, 1));
    host.load(1, noiseClip(30000, 1e12, true, 2)); // a cycle without end
    host.load(2, noiseClip(9000, 1, false, 3));
    host.load(3, noiseClip(3000, 1e300, true, 4));
    std::mt19937 random(5);
    const auto of = [&](const auto& values) { return values[random() % 8]; };
    std::vector<float> left(512), right(512);
    float* channels[2] = {left.data(), right.data()};
    std::uint64_t read = 0;
    std::uint64_t records = 0;
    for (int round = 0; round < 30000; ++round) {
        grym::engine::TransportPoint points[2];
        for (auto& point : points) {
            point.playing = random() % 8 != 0;
            point.musicalPositionKnown = random() % 8 != 0;
            point.barNumberKnown = random() % 2 == 0;
            point.loopActive = random() % 2 == 0;
            point.songQuarters = of(quarters);
            point.tempoBpm = random() % 2 == 0 ? 120 : of(tempos);
            point.barStartQuarters = of(quarters);
            point.numerator = of(numbers);
            point.denominator = of(numbers);
            point.barNumber = of(numbers);
            point.loopStartQuarters = of(quarters);
            point.loopEndQuarters = of(quarters);
            point.songFrame = of(songFrames);
        }
        points[1].frameOffset = 100;
        grym::engine::MidiMessage note{static_cast<std::uint32_t>(random() % 512), 3, {0x90, static_cast<std::uint8_t>(36 + random() % 4), 1}};
        host.settings.quantise = static_cast<Quantise>(random() % 4);
        grym::engine::ProcessBlock block;
        block.inputs = block.outputs = channels;
        block.frames = 512;
        block.points = points;
        block.pointCount = 1 + random() % 2;
        block.midi = &note;
        block.midiCount = random() % 2;
        block.offline = random() % 4 == 0;
        std::fill(left.begin(), left.end(), 0.0f);
        std::fill(right.begin(), right.end(), 0.0f);
        host.engine.process(block, host.settings);
        for (const float sample : left) REQUIRE(std::isfinite(sample));
        grym::segment::CounterRange range;
        REQUIRE(host.reader->transportRange(range) == grym::segment::ReadResult::ok);
        for (; read < range.end; ++read, ++records) {
            grym::segment::TransportRecord record;
            REQUIRE(host.reader->readTransport(read, record) == grym::segment::ReadResult::ok);
        }
        grym::segment::Event event;
        for (auto result = host.reader->popEvent(event); result != grym::segment::ReadResult::notYet; result = host.reader->popEvent(event))
            REQUIRE(result == grym::segment::ReadResult::ok);
    }
    CHECK(records > 10000);
}
