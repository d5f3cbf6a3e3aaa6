#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "session/transport_reader.hpp"

using namespace grym::bridge;
using grym::engine::TransportPoint;

namespace {

constexpr std::uint32_t kLv2 = HostStatement::kPlaying | HostStatement::kBarNumber | HostStatement::kBarBeat | HostStatement::kTempo
    | HostStatement::kMetre | HostStatement::kSongFrame;

HostStatement lv2(std::uint32_t frame, std::int64_t bar, double barBeat, double tempo, double beats, std::int32_t unit, std::int64_t songFrame) {
    HostStatement statement;
    statement.frame = frame;
    statement.flags = kLv2;
    statement.barNumber = bar;
    statement.barBeat = barBeat;
    statement.tempoBpm = tempo;
    statement.beatsPerBar = beats;
    statement.beatUnit = unit;
    statement.songFrame = songFrame;
    return statement;
}

std::vector<TransportPoint> read(TransportReader& reader, const std::vector<HostStatement>& statements, bool held, std::uint32_t frames) {
    TransportPoint points[TransportReader::kMaximumPoints];
    const std::uint32_t count = reader.read(statements.data(), static_cast<std::uint32_t>(statements.size()), held, frames, points);
    return {points, points + count};
}

TransportReader readerAt48k() {
    TransportReader reader;
    reader.prepare(48000);
    return reader;
}

} // namespace

TEST_CASE("a held transport goes on by itself, bars and all") {
    TransportReader reader = readerAt48k();
    CHECK(read(reader, {}, true, 512).empty());
    (void)read(reader, {lv2(0, 0, 0, 120, 3, 4, 0)}, true, 512);
    std::uint64_t frame = 512;
    for (int block = 0; block < 1000; ++block, frame += 512) {
        const auto points = read(reader, {}, true, 512);
        REQUIRE(points.size() == 1);
        const double song = static_cast<double>(frame) / 24000;
        CHECK(points[0].songQuarters == doctest::Approx(song).epsilon(1e-9));
        CHECK(points[0].barStartQuarters == doctest::Approx(std::floor(song / 3 + 1e-9) * 3));
        CHECK(points[0].barNumber == static_cast<int>(song / 3 + 1e-9));
        CHECK(points[0].songFrame == static_cast<std::int64_t>(frame));
    }
}

TEST_CASE("a host that rounds beats down is placed by its frame") {
    TransportReader reader = readerAt48k();
    // 36,000 frames are a beat and a half; the host says beat 1.
    const auto points = read(reader, {lv2(0, 0, 1, 120, 4, 4, 36000)}, true, 512);
    CHECK(points[0].songQuarters == doctest::Approx(1.5));
    CHECK(points[0].barStartQuarters == 0);
}

TEST_CASE("a host that rounds beats down to ticks is placed by its frame, from its first statement on") {
    TransportReader reader = readerAt48k();
    // As Ardour 7.3 said it, a short run-up before the place that was located to.
    const auto first = read(reader, {lv2(0, 0, 0.981770873, 120, 4, 4, 23568)}, true, 256);
    CHECK(first[0].songQuarters == doctest::Approx(23568.0 / 24000).epsilon(1e-12));
    (void)read(reader, {lv2(0, 0, 0.992708385, 120, 4, 4, 23824)}, true, 176);
    const auto located = read(reader, {lv2(0, 0, 1.0, 120, 4, 4, 24000)}, true, 256);
    CHECK(located[0].songQuarters == doctest::Approx(1.0).epsilon(1e-12));
    CHECK(located[0].barStartQuarters == 0.0);
}

TEST_CASE("while the song goes on, a changed tempo does not move it") {
    TransportReader reader = readerAt48k();
    (void)read(reader, {lv2(0, 0, 0, 120, 4, 4, 0)}, true, 24000);
    const auto points = read(reader, {lv2(0, 0, 1, 90, 4, 4, 24000)}, true, 512);
    CHECK(points[0].songQuarters == doctest::Approx(1));
    // From here a quarter has 32,000 frames; a jump by bars is right, one by frames would not be.
    (void)read(reader, {}, true, 31488);
    const auto jumped = read(reader, {lv2(0, 10, 0, 90, 4, 4, 1'234'567)}, true, 512);
    CHECK(jumped[0].songQuarters == doctest::Approx(40));
}

TEST_CASE("without bars and tempo there is a transport but no musical position") {
    TransportReader reader = readerAt48k();
    HostStatement statement;
    statement.flags = HostStatement::kPlaying | HostStatement::kSongFrame;
    statement.songFrame = 777;
    const auto points = read(reader, {statement}, true, 64);
    REQUIRE(points.size() == 1);
    CHECK(points[0].playing);
    CHECK_FALSE(points[0].musicalPositionKnown);
    CHECK(points[0].songFrame == 777);
}

TEST_CASE("a direct transport that leaves the bar's start at 0 gets it from the metre") {
    TransportReader reader = readerAt48k();
    HostStatement statement;
    statement.flags = HostStatement::kPlaying | HostStatement::kSong | HostStatement::kTempo | HostStatement::kMetre | HostStatement::kBarStart;
    statement.songQuarters = 10;
    statement.tempoBpm = 100;
    statement.beatsPerBar = 3;
    statement.beatUnit = 8;
    const auto points = read(reader, {statement}, false, 64);
    CHECK(points[0].barStartQuarters == doctest::Approx(9));
    CHECK(read(reader, {}, false, 64).empty());
}

TEST_CASE("offsets stay in the block and ascend") {
    TransportReader reader = readerAt48k();
    const auto points = read(reader, {lv2(10, 0, 0, 120, 4, 4, 0), lv2(5, 1, 0, 120, 4, 4, 96000), lv2(4000, 2, 0, 120, 4, 4, 192000)}, true, 64);
    REQUIRE(points.size() == 3);
    CHECK(points[0].frameOffset == 10);
    CHECK(points[1].frameOffset == 10);
    CHECK(points[2].frameOffset == 63);
}

TEST_CASE("numbers that no host should say are left out or bounded, and never calculated with") {
    constexpr double kHuge = 1e300;
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t kBound = std::int64_t{1} << 53;
    for (const bool held : {false, true})
        for (const double value : {0.0, -1.0, 1e9, -1e9, kHuge, -kHuge, kNaN, std::numeric_limits<double>::infinity()})
            for (const std::int64_t count : {kLowest, kHighest, std::int64_t{0}, std::int64_t{1'000'000'000}, std::int64_t{-1'000'000'001}})
                for (const double rate : {48000.0, 0.0, kNaN}) {
                    TransportReader reader;
                    reader.prepare(rate);
                    HostStatement statement;
                    statement.flags = 0x1ff;
                    statement.songQuarters = statement.barStartQuarters = statement.barBeat = value;
                    statement.loopStartQuarters = -value;
                    statement.loopEndQuarters = value;
                    statement.tempoBpm = std::fabs(value) > 1e4 ? 10'000 : value;
                    statement.beatsPerBar = value == 0.0 ? 1 : value;
                    statement.beatUnit = 1024;
                    statement.barNumber = count;
                    statement.songFrame = count;
                    for (int block = 0; block < 3; ++block)
                        for (const auto& point : read(reader, {statement}, held, 1'048'576)) {
                            CHECK(point.songFrame >= -kBound);
                            CHECK(point.songFrame <= kBound);
                            CHECK(std::abs(static_cast<std::int64_t>(point.barNumber)) <= 1'000'000'000);
                            if (point.musicalPositionKnown)
                                CHECK(std::fabs(point.songQuarters) <= 1e9);
                        }
                    (void)read(reader, {}, held, 4'000'000'000u);
                    (void)read(reader, {}, held, 4'000'000'000u);
                }
}
