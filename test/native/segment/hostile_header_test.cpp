#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>

#include "raw_segment.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

struct Field {
    const char* name;
    std::size_t offset;
    std::size_t bytes;
};

#define GRYM_FIELD(name) Field{#name, offsetof(Header, name), sizeof(Header::name)}
constexpr Field kFields[] = {
    GRYM_FIELD(magic),          GRYM_FIELD(layoutVersion),    GRYM_FIELD(headerBytes),
    GRYM_FIELD(totalBytes),     GRYM_FIELD(generation),       GRYM_FIELD(sampleRate),
    GRYM_FIELD(channels),       GRYM_FIELD(maximumBlock),     GRYM_FIELD(captureFrames),
    GRYM_FIELD(captureOffset),  GRYM_FIELD(transportOffset),  GRYM_FIELD(transportRecords),
    GRYM_FIELD(commandRecords), GRYM_FIELD(commandOffset),    GRYM_FIELD(eventOffset),
    GRYM_FIELD(eventRecords),   GRYM_FIELD(pluginProcessId),  GRYM_FIELD(bridgeId),
    GRYM_FIELD(captureBegin),   GRYM_FIELD(captureEnd),       GRYM_FIELD(transportBegin),
    GRYM_FIELD(transportEnd),   GRYM_FIELD(commandHead),      GRYM_FIELD(commandTail),
    GRYM_FIELD(eventHead),      GRYM_FIELD(eventTail),        GRYM_FIELD(eventsDropped),
    GRYM_FIELD(commandFaults),  GRYM_FIELD(pluginHeartbeatNanoseconds),
    GRYM_FIELD(daemonHeartbeatNanoseconds), GRYM_FIELD(peakBits),
};
#undef GRYM_FIELD
constexpr int kMutationsPerField = 10'000;

/** Values near the edges come up as often as arbitrary ones. */
void mutate(unsigned char* field, const Field& facts, Random& random) {
    static constexpr std::uint64_t edges[] = {0, 1, 7, 63, 64, 4096, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff,
                                              1ull << 53, 1ull << 62, 1ull << 63, UINT64_MAX, UINT64_MAX - 63};
    const std::size_t bytes = facts.bytes;
    if (bytes > 8 && facts.offset == offsetof(Header, bridgeId)) {
        for (std::size_t index = 0; index < bytes; ++index) field[index] = static_cast<unsigned char>(random.next());
        return;
    }
    const std::size_t width = bytes < 8 ? bytes : 8;
    std::uint64_t value = 0;
    std::memcpy(&value, field, width);
    switch (random.below(5)) {
    case 0: value = random.next(); break;
    case 1: value ^= 1ull << random.below(8 * width); break;
    case 2: value += random.below(257) - 128; break;
    case 3: value = edges[random.below(std::size(edges))]; break;
    default: value = random.next() >> random.below(64); break;
    }
    std::memcpy(field, &value, width);
}

/** Whatever the counters say: every call returns, and what it returns is one of its results. */
void exercise(SegmentReader& reader) {
    std::vector<float> samples(2 * 64);
    CounterRange range;
    std::uint64_t frames = 0;
    TransportRecord record{};
    Event event{};
    Command command{};
    static_cast<void>(reader.frameCounter(frames));
    if (reader.captureRange(range) == ReadResult::ok) {
        REQUIRE(range.begin <= range.end);
        REQUIRE(range.end - range.begin <= reader.layout().captureFrames);
        static_cast<void>(reader.readCapture(range.begin, 64, samples.data()));
        if (range.end >= 64) static_cast<void>(reader.readCapture(range.end - 64, 64, samples.data()));
    }
    static_cast<void>(reader.latestTransport(record));
    static_cast<void>(reader.readTransport(frames, record));
    std::uint32_t popped = 0;
    while (reader.popEvent(event) != ReadResult::notYet) REQUIRE(++popped <= kEventRecords + 1);
    static_cast<void>(reader.pushCommand(command));
    const Peaks peaks = reader.takePeaks();
    REQUIRE(peaks.left >= 0.0f);
    REQUIRE(peaks.right >= 0.0f);
    REQUIRE(reader.eventsDropped() <= kMaximumCounter);
    REQUIRE(reader.commandFaults() <= kMaximumCounter);
}

void attachAndExercise(const std::string& name, int& accepted, int& refused) {
    SegmentProblem problem;
    const auto reader = SegmentReader::attach(name, problem);
    if (reader) {
        exercise(*reader);
        ++accepted;
    } else {
        REQUIRE(problem.errorNumber != 0);
        REQUIRE(problem.message.size() > 10);
        ++refused;
    }
}

} // namespace

TEST_CASE("ten thousand mutations of every header field give a typed problem or a segment that is safe to use") {
    const auto writer = makeWriter(0.001);
    writeCounted(*writer, 20'000);
    RawSegment raw(writer->name());
    const std::vector<unsigned char> sound(raw.bytes(), raw.bytes() + sizeof(Header));
    Random random(31);
    for (const Field& field : kFields) {
        CAPTURE(field.name);
        int accepted = 0;
        int refused = 0;
        for (int mutation = 0; mutation < kMutationsPerField; ++mutation) {
            mutate(raw.bytes() + field.offset, field, random);
            attachAndExercise(writer->name(), accepted, refused);
            std::memcpy(raw.bytes(), sound.data(), sound.size());
        }
        REQUIRE(accepted + refused == kMutationsPerField);
        const bool counter = field.offset >= offsetof(Header, captureBegin);
        const bool free = field.offset == offsetof(Header, pluginProcessId);
        if (counter || free) CHECK(refused == 0);
        else CHECK(refused > kMutationsPerField / 3);
    }
}

TEST_CASE("headers of random bytes, and of random bytes behind a sound start, never get further than a typed problem") {
    const auto writer = makeWriter(0.001);
    RawSegment raw(writer->name());
    const std::vector<unsigned char> sound(raw.bytes(), raw.bytes() + sizeof(Header));
    Random random(32);
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::size_t kept = round % 2 == 0 ? 0 : random.below(sizeof(Header));
        for (std::size_t index = kept; index < sizeof(Header); ++index)
            raw.bytes()[index] = static_cast<unsigned char>(random.next());
        attachAndExercise(writer->name(), accepted, refused);
        std::memcpy(raw.bytes(), sound.data(), sound.size());
    }
    CHECK(refused > 10'000);
}

TEST_CASE("regions that overlap, leave the file or lie askew are refused by name") {
    const auto writer = makeWriter(0.001);
    RawSegment raw(writer->name());
    Header header;
    std::memcpy(static_cast<void*>(&header), raw.bytes(), sizeof(Header));
    const std::uint64_t fileBytes = raw.size();
    const auto messageFor = [&](std::uint64_t Header::*field, std::uint64_t value) {
        const std::uint64_t before = header.*field;
        header.*field = value;
        Layout layout;
        SegmentProblem problem;
        const bool accepted = validateHeader(header, fileBytes, layout, problem);
        header.*field = before;
        return accepted ? std::string("accepted") : problem.message;
    };
    CHECK(messageFor(&Header::eventOffset, header.commandOffset) == "The segment's event region overlaps another one.");
    CHECK(messageFor(&Header::commandOffset, header.commandOffset + 8) == "The segment's command region is not aligned to 64 bytes.");
    CHECK(messageFor(&Header::captureOffset, UINT64_MAX - 63) == "The segment's capture region lies outside the segment.");
    CHECK(messageFor(&Header::captureOffset, header.captureOffset + 4096) == "The segment's capture region lies outside the segment.");
    CHECK(messageFor(&Header::transportOffset, 0) == "The segment's transport region lies outside the segment.");
    CHECK(messageFor(&Header::totalBytes, fileBytes + 1).find("size should be") != std::string::npos);
    CHECK(messageFor(&Header::captureFrames, kMaximumCaptureFrames) == "The segment's capture region lies outside the segment.");
    CHECK(messageFor(&Header::captureFrames, UINT64_MAX / 8 + 2) == "The segment's capture ring is longer than 601 s at 768 kHz.");
}

TEST_CASE("names that are none, and files that are no segments, are refused") {
    SegmentProblem problem;
    for (const char* name : {"", "/", "/grym-", "/grym-0123456789abcdef0123456789abcde", "/../etc/passwd",
                             "/grym-0123456789ABCDEF0123456789abcdef", "/grym-0123456789abcdef0123456789abcdef0"}) {
        CAPTURE(name);
        CHECK_FALSE(SegmentReader::attach(name, problem));
        CHECK(problem.errorNumber == EINVAL);
    }
    const std::string name = "/grym-" + processPrefix() + "00000000000000000000";
    const int descriptor = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    REQUIRE(descriptor >= 0);
    CHECK_FALSE(SegmentReader::attach(name, problem));
    CHECK(problem.message == "The segment is shorter than a header.");
    REQUIRE(fchmod(descriptor, 0644) == 0);
    CHECK_FALSE(SegmentReader::attach(name, problem));
    CHECK(problem.errorNumber == EACCES);
    close(descriptor);
    shm_unlink(name.c_str());
}
