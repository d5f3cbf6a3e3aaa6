#include <doctest/doctest.h>

#include <limits>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

Event eventNumber(std::uint64_t number) {
    Event event{};
    event.kind = EventKind::launched;
    event.slot = static_cast<std::uint32_t>(number % 16);
    event.frame = number;
    event.commandId = number * 3;
    return event;
}

} // namespace

TEST_CASE("events arrive in order; a full ring drops the newest and counts it") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    Random random(21);
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    std::uint64_t dropped = 0;
    Event event{};
    for (int turn = 0; turn < 3000; ++turn) {
        for (std::uint64_t count = random.below(900); count > 0; --count) {
            const bool room = pushed - popped < kEventRecords;
            REQUIRE(writer->pushEvent(eventNumber(pushed)) == room);
            if (room) ++pushed;
            else ++dropped;
        }
        for (std::uint64_t count = random.below(900); count > 0; --count) {
            const bool any = popped < pushed;
            REQUIRE(reader->popEvent(event) == (any ? ReadResult::ok : ReadResult::notYet));
            if (!any) continue;
            REQUIRE(event.frame == popped);
            REQUIRE(event.commandId == popped * 3);
            ++popped;
        }
    }
    CHECK(dropped > 0);
    CHECK(reader->eventsDropped() == dropped);
}

TEST_CASE("an impossible tail drops events and is healed by the next daemon") {
    const auto writer = makeWriter(0);
    for (const std::uint64_t tail : {std::uint64_t{1}, UINT64_MAX - 5'000, std::uint64_t{1} << 60}) {
        RawSegment(writer->name()).header().eventTail.store(tail);
        CHECK_FALSE(writer->pushEvent(eventNumber(0)));
    }
    const auto reader = attachTo(*writer);
    CHECK(reader->eventsDropped() == 3);
    CHECK(writer->pushEvent(eventNumber(9)));
    Event event{};
    REQUIRE(reader->popEvent(event) == ReadResult::ok);
    CHECK(event.frame == 9);
}

TEST_CASE("an impossible head is reported once and the reader goes on from there") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    RawSegment raw(writer->name());
    raw.header().eventHead.store(std::uint64_t{1} << 50);
    Event event{};
    CHECK(reader->popEvent(event) == ReadResult::inconsistent);
    CHECK(reader->popEvent(event) == ReadResult::notYet);
    raw.header().eventHead.store((std::uint64_t{1} << 50) + 1);
    CHECK(reader->popEvent(event) == ReadResult::malformed); // nobody wrote that record
    CHECK(reader->popEvent(event) == ReadResult::notYet);
}

TEST_CASE("an event whose fields cannot be is called malformed, the next one arrives") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    const auto resultOf = [&](auto change) {
        Event event = eventNumber(1);
        change(event);
        REQUIRE(writer->pushEvent(event));
        Event out{};
        return reader->popEvent(out);
    };
    CHECK(resultOf([](Event& e) { e.kind = static_cast<EventKind>(0); }) == ReadResult::malformed);
    CHECK(resultOf([](Event& e) { e.kind = static_cast<EventKind>(12); }) == ReadResult::malformed);
    CHECK(resultOf([](Event& e) { e.slot = 16; }) == ReadResult::malformed);
    CHECK(resultOf([](Event& e) { e.frame = UINT64_MAX; }) == ReadResult::malformed);
    CHECK(resultOf([](Event& e) { e.value = std::numeric_limits<double>::quiet_NaN(); }) == ReadResult::malformed);
    CHECK(resultOf([](Event& e) { e.songQuarters = -std::numeric_limits<double>::infinity(); }) == ReadResult::malformed);
    CHECK(resultOf([](Event&) {}) == ReadResult::ok);
}
