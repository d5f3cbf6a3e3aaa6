#include <doctest/doctest.h>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

Command commandNumber(std::uint64_t number) {
    Command command{};
    command.kind = CommandKind::launch;
    command.slot = static_cast<std::uint32_t>(number % 16);
    command.when = CommandWhen::songPosition;
    command.songQuarters = static_cast<double>(number) * 4;
    command.id = number;
    return command;
}

} // namespace

TEST_CASE("commands arrive in order and whole; a full ring refuses the next one") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    Random random(11);
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    Command command{};
    for (int turn = 0; turn < 5000; ++turn) {
        for (std::uint64_t count = random.below(200); count > 0; --count) {
            const bool room = pushed - popped < kCommandRecords;
            REQUIRE(reader->pushCommand(commandNumber(pushed)) == room);
            if (room) ++pushed;
        }
        for (std::uint64_t count = random.below(200); count > 0; --count) {
            const bool any = popped < pushed;
            REQUIRE(writer->popCommand(command) == any);
            if (!any) continue;
            REQUIRE(command.id == popped);
            REQUIRE(command.songQuarters == static_cast<double>(popped) * 4);
            ++popped;
        }
        REQUIRE(reader->queuedCommands() == pushed - popped);
    }
    CHECK(reader->commandFaults() == 0);
}

TEST_CASE("an impossible head is counted, drops what was queued, and the ring works on") {
    const auto writer = makeWriter(0);
    RawSegment raw(writer->name());
    Command command{};
    Random random(12);
    for (std::uint64_t fault = 1; fault <= 1000; ++fault) {
        const std::uint64_t tail = raw.header().commandTail.load();
        std::uint64_t head = random.next();
        if (fault % 3 == 0) head = tail - 1 - random.below(1000);
        if (fault % 3 == 1) head = tail + kCommandRecords + 1 + random.below(1000);
        raw.header().commandHead.store(head);
        REQUIRE_FALSE(writer->popCommand(command));
        REQUIRE(raw.header().commandFaults.load() == fault);
        REQUIRE_FALSE(writer->popCommand(command)); // resynchronised: nothing is queued now
        REQUIRE(raw.header().commandFaults.load() == fault);
    }
    const auto reader = attachTo(*writer);
    REQUIRE(reader->pushCommand(commandNumber(7)));
    REQUIRE(writer->popCommand(command));
    CHECK(command.id == 7);
}

TEST_CASE("commands that an earlier daemon left are still taken, and the next daemon's follow them") {
    const auto writer = makeWriter(0);
    { REQUIRE(attachTo(*writer)->pushCommand(commandNumber(1))); }
    { REQUIRE(attachTo(*writer)->pushCommand(commandNumber(2))); }
    Command command{};
    REQUIRE(writer->popCommand(command));
    CHECK(command.id == 1);
    REQUIRE(writer->popCommand(command));
    CHECK(command.id == 2);
}

TEST_CASE("a daemon that finds an impossible index of its predecessor starts at the plugin's") {
    const auto writer = makeWriter(0);
    RawSegment(writer->name()).header().commandHead.store(1'000'000);
    const auto reader = attachTo(*writer);
    Command command{};
    REQUIRE(reader->pushCommand(commandNumber(3)));
    REQUIRE(writer->popCommand(command));
    CHECK(command.id == 3);
    CHECK(reader->commandFaults() == 0);
}

TEST_CASE("an impossible tail of the plugin refuses commands and touches nothing") {
    const auto writer = makeWriter(0);
    const auto reader = attachTo(*writer);
    RawSegment(writer->name()).header().commandTail.store(99);
    CHECK_FALSE(reader->pushCommand(commandNumber(1)));
}
