#include <doctest/doctest.h>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

TEST_CASE("captured frames come back bit for bit, whatever the block sizes, over many turns of the ring") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        Random random(seed * 1'000'003);
        const double sampleRate = 8'000.0 + static_cast<double>(random.below(977));
        const auto writer = makeWriter(0.001, sampleRate);
        const auto reader = attachTo(*writer);
        const std::uint64_t length = writer->captureFrames();
        std::vector<float> out(2 * length);

        for (int block = 0; block < 300; ++block) {
            writeCounted(*writer, 1 + random.below(block % 7 == 0 ? length : 300));
            const std::uint64_t end = writer->frameCounter();
            const std::uint64_t begin = end > length ? end - length : 0;
            CounterRange range;
            REQUIRE(reader->captureRange(range) == ReadResult::ok);
            REQUIRE(range.begin == begin);
            REQUIRE(range.end == end);

            const std::uint64_t start = begin + random.below(end - begin);
            const std::uint64_t frames = 1 + random.below(end - start);
            REQUIRE(reader->readCapture(start, frames, out.data()) == ReadResult::ok);
            REQUIRE(countWrongFrames(out.data(), start, frames) == 0);
        }
    }
}

TEST_CASE("the whole ring can be read at once, across its end") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    const std::uint64_t length = writer->captureFrames();
    writeCounted(*writer, length);
    writeCounted(*writer, 123);
    std::vector<float> out(2 * length);
    REQUIRE(reader->readCapture(123, length, out.data()) == ReadResult::ok);
    CHECK(countWrongFrames(out.data(), 123, length) == 0);
}

TEST_CASE("frames that the writer has passed are reported as overwritten, later ones as not there yet") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    const std::uint64_t length = writer->captureFrames();
    float out[2 * 16];
    CHECK(reader->readCapture(0, 1, out) == ReadResult::notYet);
    CHECK(reader->readCapture(0, 0, out) == ReadResult::ok);
    writeCounted(*writer, length);
    CHECK(reader->readCapture(0, 16, out) == ReadResult::ok);
    writeCounted(*writer, 1);
    CHECK(reader->readCapture(0, 16, out) == ReadResult::overwritten);
    CHECK(reader->readCapture(1, 16, out) == ReadResult::ok);
    CHECK(reader->readCapture(length - 14, 16, out) == ReadResult::notYet);
    CHECK(reader->readCapture(UINT64_MAX, 16, out) == ReadResult::notYet);
    CHECK(reader->readCapture(16, UINT64_MAX, out) == ReadResult::overwritten); // more than any ring could hold
}

TEST_CASE("of a block longer than the ring the end is kept") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    const std::uint64_t length = writer->captureFrames();
    writeCounted(*writer, 77);
    writeCounted(*writer, 2 * length + 5);
    const std::uint64_t end = writer->frameCounter();
    CHECK(end == 2 * length + 82);
    std::vector<float> out(2 * length);
    REQUIRE(reader->readCapture(end - length, length, out.data()) == ReadResult::ok);
    CHECK(countWrongFrames(out.data(), end - length, length) == 0);
    writeCounted(*writer, 10); // and the ring goes on at the right place
    REQUIRE(reader->readCapture(end + 10 - length, length, out.data()) == ReadResult::ok);
    CHECK(countWrongFrames(out.data(), end + 10 - length, length) == 0);
}

TEST_CASE("a missing channel is silence") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    const float ones[3] = {1.0f, 1.0f, 1.0f};
    writer->writeCapture(ones, nullptr, 3);
    writer->writeCapture(nullptr, ones, 3);
    writer->writeCapture(nullptr, nullptr, 3);
    float out[18];
    REQUIRE(reader->readCapture(0, 9, out) == ReadResult::ok);
    for (int frame = 0; frame < 9; ++frame) {
        CHECK(out[2 * frame] == (frame < 3 ? 1.0f : 0.0f));
        CHECK(out[2 * frame + 1] == (frame >= 3 && frame < 6 ? 1.0f : 0.0f));
    }
}

TEST_CASE("without a capture ring frames are counted all the same") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    CHECK(writer->captureFrames() == 0);
    writeCounted(*writer, 1000);
    std::uint64_t frames = 0;
    REQUIRE(reader->frameCounter(frames) == ReadResult::ok);
    CHECK(frames == 1000);
    float out[2];
    CounterRange range;
    CHECK(reader->captureRange(range) == ReadResult::noCapture);
    CHECK(reader->readCapture(0, 1, out) == ReadResult::noCapture);
}

TEST_CASE("a daemon that attaches later finds what was captured before") {
    const auto writer = makeWriter(0.001);
    writeCounted(*writer, 500);
    { const auto first = attachTo(*writer); }
    writeCounted(*writer, 500);
    const auto second = attachTo(*writer);
    std::vector<float> out(2000);
    REQUIRE(second->readCapture(0, 1000, out.data()) == ReadResult::ok);
    CHECK(countWrongFrames(out.data(), 0, 1000) == 0);
}
