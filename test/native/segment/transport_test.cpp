#include <doctest/doctest.h>

#include <limits>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

TransportRecord recordNumber(std::uint64_t number) {
    TransportRecord record{};
    record.frame = number * 64;
    record.songQuarters = static_cast<double>(number) / 8;
    record.tempoBpm = 120;
    record.barStartQuarters = static_cast<double>(number / 32) * 4;
    record.numerator = 7;
    record.denominator = 8;
    record.flags = kPlaying | kMusicalPositionKnown;
    record.songFrame = -static_cast<std::int64_t>(number);
    record.monotonicNanoseconds = mix(number);
    return record;
}

} // namespace

TEST_CASE("transport records come back in order; those that the writer has passed are overwritten") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    TransportRecord record{};
    CHECK(reader->latestTransport(record) == ReadResult::notYet);
    for (std::uint64_t number = 0; number < 3 * kTransportRecords + 17; ++number) {
        writer->writeTransport(recordNumber(number));
        REQUIRE(reader->latestTransport(record) == ReadResult::ok);
        REQUIRE(record.monotonicNanoseconds == mix(number));
    }
    CounterRange range;
    REQUIRE(reader->transportRange(range) == ReadResult::ok);
    CHECK(range.end == 3 * kTransportRecords + 17);
    CHECK(range.begin == range.end - kTransportRecords);
    CHECK(reader->readTransport(range.begin - 1, record) == ReadResult::overwritten);
    CHECK(reader->readTransport(range.end, record) == ReadResult::notYet);
    for (std::uint64_t number = range.begin; number < range.end; ++number) {
        REQUIRE(reader->readTransport(number, record) == ReadResult::ok);
        REQUIRE(record.frame == number * 64);
        REQUIRE(record.songFrame == -static_cast<std::int64_t>(number));
        REQUIRE(record.numerator == 7);
    }
}

TEST_CASE("a record whose fields cannot be is called malformed") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto resultOf = [&](auto change) {
        TransportRecord record = recordNumber(5);
        change(record);
        writer->writeTransport(record);
        TransportRecord out{};
        return reader->latestTransport(out);
    };
    CHECK(resultOf([](TransportRecord&) {}) == ReadResult::ok);
    CHECK(resultOf([](TransportRecord& r) { r.songQuarters = nan; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.barStartQuarters = infinity; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.tempoBpm = 0; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.tempoBpm = nan; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.numerator = 0; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.denominator = -4; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.flags |= 1u << 31; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.frame = UINT64_MAX; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.songFrame = INT64_MIN; }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.loopStartQuarters = nan; }) == ReadResult::ok); // not declared valid
    CHECK(resultOf([](TransportRecord& r) {
              r.flags |= kLoopActive;
              r.loopStartQuarters = 8;
              r.loopEndQuarters = 4;
          }) == ReadResult::malformed);
    CHECK(resultOf([](TransportRecord& r) { r.flags = 0, r.tempoBpm = nan; }) == ReadResult::ok);
}
