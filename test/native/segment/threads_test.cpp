// Writer and reader as two threads of one process, all regions at once: what ThreadSanitizer looks at.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace grym::segment::test {

/** A reader on the writer's own mapping: at two addresses ThreadSanitizer would not see that the memory is one. */
struct SharedMapping {
    static std::unique_ptr<SegmentReader> attachTo(SegmentWriter& writer) {
        return std::unique_ptr<SegmentReader>(new SegmentReader(writer.name_, dup(writer.descriptor_), writer.memory_, writer.layout_,
                                                                SegmentReader::Mapping::borrowed));
    }
};

} // namespace grym::segment::test

namespace {

constexpr int kBlocks = 60'000;

struct WriterTally {
    std::uint64_t commandsTaken = 0;
    std::uint64_t commandsOutOfOrder = 0;
    std::uint64_t eventsPushed = 0;
};

struct ReaderTally {
    std::uint64_t framesRead = 0;
    std::uint64_t framesSkipped = 0;
    std::uint64_t wrongFrames = 0;
    std::uint64_t recordsRead = 0;
    std::uint64_t wrongRecords = 0;
    std::uint64_t commandsPushed = 0;
    std::uint64_t eventsTaken = 0;
    std::uint64_t eventsOutOfOrder = 0;
    std::uint64_t inconsistencies = 0;
};

TransportRecord recordAt(std::uint64_t number) {
    TransportRecord record{};
    record.frame = number;
    record.flags = kPlaying;
    record.monotonicNanoseconds = mix(number);
    record.reserved[5] = ~mix(number);
    return record;
}

void play(SegmentWriter& writer, WriterTally& tally, std::atomic<bool>& finished) {
    Random random(1);
    for (int block = 0; block < kBlocks; ++block) {
        Command command{};
        while (writer.popCommand(command)) {
            if (command.id != tally.commandsTaken || command.songQuarters != static_cast<double>(command.id)) ++tally.commandsOutOfOrder;
            ++tally.commandsTaken;
        }
        writeCounted(writer, 1 + random.below(256));
        writer.writeTransport(recordAt(static_cast<std::uint64_t>(block)));
        Event event{};
        event.kind = EventKind::note;
        event.frame = tally.eventsPushed;
        event.commandId = tally.eventsPushed + 1;
        if (writer.pushEvent(event)) ++tally.eventsPushed;
        writer.heartbeat(static_cast<std::uint64_t>(block) + 1);
        if (block % 16 == 0) std::this_thread::yield();
    }
    finished.store(true);
}

void readFrames(SegmentReader& reader, std::uint64_t& next, ReaderTally& tally, std::vector<float>& out) {
    CounterRange range;
    if (reader.captureRange(range) != ReadResult::ok) {
        ++tally.inconsistencies;
        return;
    }
    if (next < range.begin) {
        tally.framesSkipped += range.begin - next;
        next = range.begin;
    }
    const std::uint64_t frames = std::min<std::uint64_t>(range.end - next, out.size() / 2);
    if (frames == 0 || reader.readCapture(next, frames, out.data()) != ReadResult::ok) return;
    tally.wrongFrames += countWrongFrames(out.data(), next, frames);
    tally.framesRead += frames;
    next += frames;
}

void readRecords(SegmentReader& reader, std::uint64_t& next, ReaderTally& tally) {
    CounterRange range;
    if (reader.transportRange(range) != ReadResult::ok) {
        ++tally.inconsistencies;
        return;
    }
    for (next = std::max(next, range.begin); next < range.end; ++next) {
        TransportRecord record{};
        if (reader.readTransport(next, record) != ReadResult::ok) continue;
        ++tally.recordsRead;
        if (record.frame != next || record.monotonicNanoseconds != mix(next) || record.reserved[5] != ~mix(next)) ++tally.wrongRecords;
    }
}

bool takeEvent(SegmentReader& reader, ReaderTally& tally) {
    Event event{};
    const ReadResult result = reader.popEvent(event);
    if (result == ReadResult::notYet) return false;
    if (result != ReadResult::ok || event.frame != tally.eventsTaken || event.commandId != tally.eventsTaken + 1) ++tally.eventsOutOfOrder;
    ++tally.eventsTaken;
    return true;
}

void listen(SegmentReader& reader, ReaderTally& tally, const std::atomic<bool>& finished) {
    std::vector<float> out(2 * 4096);
    std::uint64_t nextFrame = 0;
    std::uint64_t nextRecord = 0;
    while (!finished.load()) {
        readFrames(reader, nextFrame, tally, out);
        readRecords(reader, nextRecord, tally);
        Command command{};
        command.kind = CommandKind::launch;
        command.id = tally.commandsPushed;
        command.songQuarters = static_cast<double>(command.id);
        if (reader.pushCommand(command)) ++tally.commandsPushed;
        while (takeEvent(reader, tally)) {}
        static_cast<void>(reader.takePeaks());
        reader.heartbeat(nextFrame + 1);
    }
    while (takeEvent(reader, tally)) {}
}

} // namespace

TEST_CASE("two threads share a segment: nothing torn, nothing out of order, nothing skipped in silence") {
    const auto writer = makeWriter(0.001);
    const auto reader = SharedMapping::attachTo(*writer);
    WriterTally wrote;
    ReaderTally read;
    std::atomic<bool> finished{false};
    std::thread listener([&] { listen(*reader, read, finished); });
    play(*writer, wrote, finished);
    listener.join();

    CHECK(read.wrongFrames == 0);
    CHECK(read.wrongRecords == 0);
    CHECK(read.inconsistencies == 0);
    CHECK(read.eventsOutOfOrder == 0);
    CHECK(wrote.commandsOutOfOrder == 0);
    CHECK(read.eventsTaken == wrote.eventsPushed);
    CHECK(wrote.eventsPushed + reader->eventsDropped() == static_cast<std::uint64_t>(kBlocks));
    CHECK(reader->queuedCommands() == read.commandsPushed - wrote.commandsTaken);
    CHECK(reader->commandFaults() == 0);
    CHECK(read.framesRead + read.framesSkipped <= writer->frameCounter());
    CHECK(read.framesRead > 10'000);
    CHECK(read.recordsRead > 100);
    CHECK(wrote.commandsTaken > 10);
    MESSAGE("frames read " << read.framesRead << ", overrun " << read.framesSkipped << ", records " << read.recordsRead
                           << ", commands " << wrote.commandsTaken << ", events " << read.eventsTaken);
}
