#include <doctest/doctest.h>

#include <fcntl.h>
#include <limits>
#include <set>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "segment/segment_orphans.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

TEST_CASE("a segment is a private file with a random name, allocated in full and locked while its owner lives") {
    const auto writer = makeWriter(0.5, 48'000);
    CHECK(isSegmentName(writer->name()));
    CHECK(writer->name().compare(0, 18, "/grym-" + processPrefix()) == 0);
    const int descriptor = shm_open(writer->name().c_str(), O_RDWR, 0);
    REQUIRE(descriptor >= 0);
    struct stat facts {};
    REQUIRE(fstat(descriptor, &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK(static_cast<std::uint64_t>(facts.st_size) == writer->bytes());
    CHECK(static_cast<std::uint64_t>(facts.st_blocks) * 512 >= writer->bytes());
    CHECK(flock(descriptor, LOCK_EX | LOCK_NB) == -1);
    close(descriptor);
    CHECK(writer->captureFrames() == 72'000); // 0.5 s and 1 s guard
    CHECK(scanOrphans(processPrefix()).empty());
}

TEST_CASE("destruction removes the segment") {
    auto writer = makeWriter(0);
    const std::string name = writer->name();
    writer.reset();
    SegmentProblem problem;
    CHECK_FALSE(SegmentReader::attach(name, problem));
    CHECK(problem.errorNumber == ENOENT);
}

TEST_CASE("what the plugin wrote into the header is what the daemon reads") {
    SegmentProblem problem;
    const auto writer = SegmentWriter::create({kBridgeId, 44'100, 512, 2.0, 17}, problem);
    REQUIRE(writer);
    const auto reader = attachTo(*writer);
    CHECK(reader->layout().bridgeId == kBridgeId);
    CHECK(reader->layout().sampleRate == 44'100);
    CHECK(reader->layout().maximumBlock == 512);
    CHECK(reader->layout().generation == 17);
    CHECK(reader->layout().captureFrames == 3 * 44'100);
    CHECK(reader->layout().totalBytes == writer->bytes());
    CHECK(reader->layout().pluginProcessId == static_cast<std::uint32_t>(getpid()));
    CHECK(reader->ownerState() == OwnerState::alive);
}

TEST_CASE("names do not repeat") {
    std::set<std::string> names;
    for (int count = 0; count < 200; ++count) names.insert(makeWriter(0)->name());
    CHECK(names.size() == 200);
}

TEST_CASE("a parameter out of range gives no segment and one sentence") {
    const SegmentParameters sound = parameters(1);
    const auto refused = [&](auto change) {
        SegmentParameters changed = sound;
        change(changed);
        SegmentProblem problem;
        const auto writer = SegmentWriter::create(changed, problem);
        return !writer && problem.errorNumber == EINVAL && !problem.message.empty();
    };
    CHECK(refused([](SegmentParameters& p) { p.sampleRate = std::numeric_limits<double>::quiet_NaN(); }));
    CHECK(refused([](SegmentParameters& p) { p.sampleRate = 7'999; }));
    CHECK(refused([](SegmentParameters& p) { p.maximumBlock = 0; }));
    CHECK(refused([](SegmentParameters& p) { p.captureSeconds = -1; }));
    CHECK(refused([](SegmentParameters& p) { p.captureSeconds = 601; }));
    CHECK(refused([](SegmentParameters& p) { p.bridgeId = std::string(40, 'a'); }));
    CHECK(refused([](SegmentParameters& p) { p.bridgeId = "../escape"; }));
    CHECK_FALSE(refused([](SegmentParameters&) {}));
}
