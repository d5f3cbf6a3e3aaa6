#include <doctest/doctest.h>

#include <cfloat>
#include <limits>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

TEST_CASE("peaks are the largest magnitudes since the daemon last took them") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    const float left[3] = {0.1f, -0.75f, 0.2f};
    const float right[3] = {0.0f, 0.25f, -0.125f};
    writer->writeCapture(left, right, 3);
    writer->writeCapture(right, right, 3);
    Peaks peaks = reader->takePeaks();
    CHECK(peaks.left == 0.75f);
    CHECK(peaks.right == 0.25f);
    peaks = reader->takePeaks();
    CHECK(peaks.left == 0.0f);
    CHECK(peaks.right == 0.0f);
}

TEST_CASE("infinities and NaN show as full scale and beyond, never as no number") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    const float bad[2] = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
    writer->writeCapture(bad, bad + 1, 1);
    const Peaks peaks = reader->takePeaks();
    CHECK(peaks.left == FLT_MAX);
    CHECK(peaks.right == FLT_MAX);
}

TEST_CASE("peaks that nobody can have measured are not believed") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    RawSegment raw(writer->name());
    raw.header().peakBits.store(0xffc0'0000'bf80'0000ull); // NaN, -1
    const Peaks peaks = reader->takePeaks();
    CHECK(peaks.left == 0.0f);
    CHECK(peaks.right == 0.0f);
}
