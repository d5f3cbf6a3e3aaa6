#include <doctest/doctest.h>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

TEST_CASE("capture counters that contradict each other are called inconsistent") {
    const auto writer = makeWriter(0.001);
    const auto reader = attachTo(*writer);
    RawSegment raw(writer->name());
    const std::uint64_t length = writer->captureFrames();
    std::vector<float> out(2 * 16);
    CounterRange range;
    const auto resultOf = [&](std::uint64_t begin, std::uint64_t end) {
        raw.header().captureBegin.store(begin);
        raw.header().captureEnd.store(end);
        return reader->readCapture(begin, 16, out.data());
    };
    CHECK(resultOf(0, 100) == ReadResult::ok);
    CHECK(resultOf(200, 150) == ReadResult::inconsistent);       // begin above end
    CHECK(resultOf(0, length + 1) == ReadResult::inconsistent);  // more than the ring holds
    CHECK(resultOf(0, UINT64_MAX) == ReadResult::inconsistent);  // beyond every counter
    CHECK(resultOf(0, 50) == ReadResult::inconsistent);          // backwards
    CHECK(resultOf(1'000'000, 1'000'100) == ReadResult::ok);     // a jump ahead: nobody can tell it from a fast writer
    CHECK(reader->captureRange(range) == ReadResult::ok);
    CHECK(reader->readCapture(0, 16, out.data()) == ReadResult::overwritten);
}

TEST_CASE("a frame counter that runs backwards or beyond 2^53 is inconsistent") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    RawSegment raw(writer->name());
    std::uint64_t frames = 0;
    raw.header().captureEnd.store(1000);
    CHECK(reader->frameCounter(frames) == ReadResult::ok);
    raw.header().captureEnd.store(999);
    CHECK(reader->frameCounter(frames) == ReadResult::inconsistent);
    raw.header().captureEnd.store(kMaximumCounter + 1);
    CHECK(reader->frameCounter(frames) == ReadResult::inconsistent);
}

TEST_CASE("transport counters that contradict each other are called inconsistent") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    RawSegment raw(writer->name());
    TransportRecord record{};
    raw.header().transportBegin.store(5);
    raw.header().transportEnd.store(4);
    CHECK(reader->latestTransport(record) == ReadResult::inconsistent);
    raw.header().transportBegin.store(0);
    raw.header().transportEnd.store(kTransportRecords + 1);
    CHECK(reader->latestTransport(record) == ReadResult::inconsistent);
}

TEST_CASE("the plugin believes none of its own counters in shared memory") {
    const auto writer = makeWriter(0.001);
    RawSegment raw(writer->name());
    Header& header = raw.header();
    writeCounted(*writer, 100);
    for (Word* word : {&header.captureBegin, &header.captureEnd, &header.transportBegin, &header.transportEnd,
                       &header.commandTail, &header.eventHead})
        word->store(UINT64_MAX / 3);
    header.captureOffset = UINT64_MAX;
    header.captureFrames = UINT64_MAX;
    writeCounted(*writer, 100);
    writer->writeTransport(TransportRecord{});
    CHECK(header.captureEnd.load() == 200);
    CHECK(header.captureBegin.load() == 0);
    CHECK(header.transportEnd.load() == 1);
    CHECK(writer->pushEvent(Event{}));
    CHECK(header.eventHead.load() == 1);
}
