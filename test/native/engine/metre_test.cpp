// Bar lines come from the host's bar start and metre; a new bar start anchors them anew.
#include <doctest/doctest.h>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::segment::EventKind;
using grym::segment::RefusalReason;

TEST_CASE("3/16 and 7/8 have bars of 0.75 and 3.5 quarters") {
    for (const auto& [numerator, denominator, frame] : {std::tuple{3, 16, 18000u}, std::tuple{7, 8, 84000u}, std::tuple{5, 4, 120000u}}) {
        SimulatedHost host;
        host.numerator = numerator;
        host.denominator = denominator;
        host.load(0, noiseClip(100, 0, false));
        host.playing = true;
        host.noteOn(10, 0);
        host.run(150000);
        CHECK(host.launches() == std::vector<std::uint64_t>{frame});
    }
}

TEST_CASE("a metre change anchors the bar lines anew, inside a block too") {
    SimulatedHost host;
    host.blockSizes = {50000};
    host.load(0, noiseClip(100, 0, false));
    host.playing = true;
    host.at(8 * 24000, [&] { // 3/4 from quarter 8 on
        host.numerator = 3;
        host.metreAnchorQuarters = 8;
    });
    host.noteOn(8 * 24000 + 100, 0);
    host.run(300000);
    CHECK(host.launches() == std::vector<std::uint64_t>{11 * 24000});
}

TEST_CASE("a bar start in the middle of the former bar is a line itself") {
    SimulatedHost host;
    host.load(0, noiseClip(100, 0, false));
    host.playing = true;
    host.at(6 * 24000, [&] { // the bar that began at 4 is cut short
        host.numerator = 7;
        host.denominator = 8;
        host.metreAnchorQuarters = 6;
    });
    host.noteOn(5 * 24000, 0);
    host.run(200000);
    CHECK(host.launches() == std::vector<std::uint64_t>{6 * 24000});
}

TEST_CASE("without a usable metre bars are refused and beats work") {
    for (const auto& [numerator, denominator] : {std::pair{0, 0}, std::pair{4, 0}, std::pair{0, 4}, std::pair{-3, 4}, std::pair{4, -1},
                                                 std::pair{2147483647, 1}}) {
        SimulatedHost host;
        host.numerator = numerator;
        host.denominator = denominator;
        host.load(0, noiseClip(100, 0, false));
        host.playing = true;
        host.noteOn(10, 0);
        host.at(1000, [&] { host.settings.quantise = Quantise::beat; });
        host.run(2000);
        host.noteOn(3000, 0);
        host.run(30000);
        const auto refused = host.eventsOf(EventKind::refused);
        REQUIRE(refused.size() == 1);
        CHECK(refused[0].data0 == static_cast<std::uint32_t>(RefusalReason::noMusicalPosition));
        CHECK(host.launches() == std::vector<std::uint64_t>{24000});
    }
}

TEST_CASE("without a musical position nothing quantised is launched, and it is said") {
    SimulatedHost host;
    host.positionKnown = false;
    host.load(0, noiseClip(100, 0, false));
    host.playing = true;
    host.noteOn(10, 0);
    host.run(100000);
    CHECK(host.eventsOf(EventKind::refused).size() == 1);
    CHECK(host.launches().empty());
}

TEST_CASE("impossible tempos and positions are no position") {
    for (const double tempo : {0.0, -120.0, 1e300, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        SimulatedHost host;
        host.load(0, noiseClip(100, 1, true));
        host.setTempo(tempo);
        host.playing = true;
        host.noteOn(10, 0);
        host.run(5000);
        CHECK(host.launches().empty());
        CHECK(host.eventsOf(EventKind::refused).size() == 1);
    }
}
