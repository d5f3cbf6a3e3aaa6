#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sys/mman.h>
#include <sys/wait.h>

#include "raw_segment.hpp"
#include "segment/segment_orphans.hpp"
#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

class Folder {
public:
    Folder() {
        char pattern[] = "/tmp/grym-orphans-XXXXXX";
        path_ = mkdtemp(pattern);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
    }

private:
    std::string path_;
};

/** A plugin that is killed in the middle of its work; returns the name of what it leaves. */
std::string leaveOrphan(double captureSeconds, const std::function<void(SegmentWriter&)>& work) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::fflush(stdout); // or the child would print it once more
    const pid_t child = fork();
    if (child == 0) {
        const auto writer = makeWriter(captureSeconds);
        work(*writer);
        static_cast<void>(!write(ends[1], writer->name().c_str(), writer->name().size()));
        for (;;) pause();
    }
    char name[64] = {};
    REQUIRE(read(ends[0], name, sizeof name - 1) > 0);
    close(ends[0]);
    close(ends[1]);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return name;
}

std::vector<char> contentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool exists(const std::string& name) { return std::filesystem::exists("/dev/shm" + name); }

OrphanReport reap(const std::string& name, const std::string& folder) {
    const std::vector<OrphanReport> reports = reapOrphans(processPrefix(), folder);
    const auto found = std::find_if(reports.begin(), reports.end(), [&](const OrphanReport& report) { return report.name == name; });
    REQUIRE(found != reports.end());
    return *found;
}

float ramp(std::uint64_t frame) { return static_cast<float>(frame % 1000) / 1000.0f; }

void writeRamp(SegmentWriter& writer, std::uint64_t frames) {
    std::vector<float> left(frames);
    std::vector<float> right(frames);
    for (std::uint64_t index = 0; index < frames; ++index) {
        left[index] = ramp(writer.frameCounter() + index);
        right[index] = -left[index];
    }
    writer.writeCapture(left.data(), right.data(), static_cast<std::uint32_t>(frames));
}

} // namespace

TEST_CASE("the capture of a killed plugin becomes a float32 WAV file, the segment goes, a living one stays") {
    const Folder folder;
    const auto living = makeWriter(0.001);
    const std::string name = leaveOrphan(0.001, [](SegmentWriter& writer) {
        for (int block = 0; block < 100; ++block) writeRamp(writer, 100); // more than the ring holds
    });
    CHECK(scanOrphans(processPrefix()) == std::vector<std::string>{name});
    const OrphanReport report = reap(name, folder.path());
    CHECK(report.outcome == OrphanOutcome::saved);
    CHECK(report.removed);
    CHECK(report.bridgeId == kBridgeId);
    CHECK(report.frames == 8008);
    CHECK(report.brokenSamples == 0);
    CHECK_FALSE(exists(name));
    CHECK(exists(living->name()));
    CHECK(folder.files() == 1);

    const std::vector<char> file = contentOf(report.path);
    REQUIRE(file.size() == 58 + 8008 * 8);
    CHECK(std::memcmp(file.data(), "RIFF", 4) == 0);
    CHECK(std::memcmp(file.data() + 8, "WAVEfmt ", 8) == 0);
    CHECK(file[20] == 3); // IEEE float
    CHECK(file[22] == 2); // channels
    CHECK(std::memcmp(file.data() + 50, "data", 4) == 0);
    for (std::uint64_t frame = 0; frame < 8008; ++frame) {
        float pair[2];
        std::memcpy(pair, file.data() + 58 + frame * 8, 8);
        REQUIRE(pair[0] == ramp(10'000 - 8008 + frame));
        REQUIRE(pair[1] == -pair[0]);
    }
}

TEST_CASE("a capture of nothing but silence is not worth a file") {
    const Folder folder;
    const std::vector<float> silence(1000);
    const std::string quiet = leaveOrphan(0.001, [&](SegmentWriter& writer) { writer.writeCapture(silence.data(), silence.data(), 1000); });
    CHECK(reap(quiet, folder.path()).outcome == OrphanOutcome::silent);
    const std::string without = leaveOrphan(0, [](SegmentWriter& writer) { writeRamp(writer, 1000); });
    const OrphanReport report = reap(without, folder.path());
    CHECK(report.outcome == OrphanOutcome::silent);
    CHECK(report.removed);
    CHECK(folder.files() == 0);
}

TEST_CASE("what is no number is saved as silence and counted") {
    const Folder folder;
    const std::string name = leaveOrphan(0.001, [](SegmentWriter& writer) {
        const float left[3] = {0.5f, std::bit_cast<float>(0x7fc0'0000u), 0.25f};
        const float right[3] = {std::bit_cast<float>(0xff80'0000u), 0.0f, 0.0f};
        writer.writeCapture(left, right, 3);
    });
    const OrphanReport report = reap(name, folder.path());
    CHECK(report.outcome == OrphanOutcome::saved);
    CHECK(report.brokenSamples == 2);
    float samples[6];
    std::memcpy(samples, contentOf(report.path).data() + 58, sizeof samples);
    CHECK(samples[0] == 0.5f);
    CHECK(samples[1] == 0.0f);
    CHECK(samples[2] == 0.0f);
    CHECK(samples[4] == 0.25f);
}

TEST_CASE("a capture that cannot be written leaves the segment for the next time") {
    const Folder folder;
    const std::string name = leaveOrphan(0.001, [](SegmentWriter& writer) { writeRamp(writer, 1000); });
    const OrphanReport failed = reap(name, folder.path() + "/absent");
    CHECK(failed.outcome == OrphanOutcome::failed);
    CHECK_FALSE(failed.removed);
    CHECK(failed.message == "Its capture cannot be saved: No such file or directory.");
    REQUIRE(exists(name));
    CHECK(reap(name, folder.path()).outcome == OrphanOutcome::saved);
}

TEST_CASE("a damaged segment of ours is removed; without our magic or of a newer layout it is left") {
    const Folder folder;
    const auto damaged = [](const std::function<void(Header&)>& damage) {
        const std::string name = leaveOrphan(0.001, [](SegmentWriter& writer) { writeRamp(writer, 1000); });
        damage(RawSegment(name).header());
        return name;
    };
    const std::string sizes = damaged([](Header& header) { header.captureFrames = 1ull << 60; });
    const std::string counters = damaged([](Header& header) { header.captureEnd.store(1ull << 60); });
    const std::string half = damaged([](Header& header) { header.layoutVersion = 0; });
    const std::string newer = damaged([](Header& header) { header.layoutVersion = kLayoutVersion + 1; });
    const std::string foreign = damaged([](Header& header) { header.magic ^= 1; });
    const std::vector<OrphanReport> reports = reapOrphans(processPrefix(), folder.path());
    REQUIRE(reports.size() == 5);
    for (const OrphanReport& report : reports) {
        CHECK(report.outcome == OrphanOutcome::unreadable);
        CHECK(report.message.size() > 10);
        CHECK(report.removed == (report.name != newer && report.name != foreign));
        CHECK(report.removed != exists(report.name));
    }
    CHECK(folder.files() == 0);
    shm_unlink(newer.c_str());
    shm_unlink(foreign.c_str());
}

TEST_CASE("a daemon that is still attached sees the owner gone and can read on, also after the reaping") {
    const Folder folder;
    const std::string name = leaveOrphan(0.001, [](SegmentWriter& writer) { writeCounted(writer, 1000); });
    SegmentProblem problem;
    const auto reader = SegmentReader::attach(name, problem);
    REQUIRE(reader);
    CHECK(reader->ownerState() == OwnerState::gone);
    CHECK(reap(name, folder.path()).removed);
    std::vector<float> out(2000);
    REQUIRE(reader->readCapture(0, 1000, out.data()) == ReadResult::ok);
    CHECK(countWrongFrames(out.data(), 0, 1000) == 0);
}
