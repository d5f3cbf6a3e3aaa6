// The threads of one instance together, without a format and without a daemon; also under ThreadSanitizer.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <sys/statvfs.h>
#include <unistd.h>

#include "segment/segment_writer.hpp"
#include "session/bridge_session.hpp"
#include "test_clip.hpp"
#include "timing.hpp"

using namespace grym::bridge;
namespace engine = grym::engine;
namespace segment = grym::segment;
using grym::test::quickestOf;
using grym::test::timeOf;

namespace {

void useEmptyFolder() {
    const std::string folder = (std::filesystem::temp_directory_path() / ("grym-session-" + std::to_string(::getpid()))).string();
    std::filesystem::create_directory(folder);
    ::setenv("GRYM_RUNTIME_DIR", folder.c_str(), 1);
    ::setenv("GRYM_DATA_DIR", folder.c_str(), 1);
    ::setenv("GRYM_CAPTURE_SECONDS", "15", 1);
}

void processBlocks(BridgeSession& session, int blocks) {
    std::vector<float> silence(256, 0.0f);
    std::vector<float> left(256);
    std::vector<float> right(256);
    const float* inputs[2] = {silence.data(), silence.data()};
    float* outputs[2] = {left.data(), right.data()};
    for (int block = 0; block < blocks; ++block) {
        engine::ProcessBlock process;
        process.inputs = inputs;
        process.outputs = outputs;
        process.frames = 256;
        session.engine().process(process, {});
    }
}

#if defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kBigClipFrames = 1'000'000;
constexpr auto kGoingDeadline = std::chrono::milliseconds(1000);
#else
constexpr std::uint32_t kBigClipFrames = 30'000'000; // 240 MB
constexpr auto kGoingDeadline = std::chrono::milliseconds(200);
#endif

/**
 * Instances that go after each of the delays: the longest time that one took. `system`: what the system itself needs to take back memory of
 * that size, measured just before. Where twice that is longer than the deadline, the machine is held up, and an instance has that long.
 */
template <typename Begin>
void checkEnds(Begin begin, int lastDelayMilliseconds, int stepMilliseconds, std::chrono::milliseconds system) {
    const auto limit = std::max<std::chrono::milliseconds>(kGoingDeadline, 2 * system);
    std::chrono::milliseconds slowest{0};
    for (int delay = 0; delay <= lastDelayMilliseconds; delay += stepMilliseconds) {
        const auto end = [&] {
            auto session = std::make_unique<BridgeSession>(InstanceFacts{}, [] {});
            begin(*session);
            std::this_thread::sleep_for(std::chrono::milliseconds(delay));
            return timeOf([&] { session.reset(); });
        };
        slowest = std::max(slowest, quickestOf(end, limit));
    }
    MESSAGE("slowest end: ", slowest.count(), " ms, the system alone: ", system.count(), " ms");
    CHECK(slowest < limit);
}

} // namespace

TEST_CASE("audio, project and activation run at once without a data race") {
    useEmptyFolder();
    BridgeSession session({}, [] {});
    const std::string state = session.projectState();
    std::atomic<bool> done{false};
    std::thread projects([&] {
        while (!done) {
            session.setProjectState(state);
            (void)session.projectState();
        }
    });
    for (int round = 0; round < 20; ++round) {
        session.activate(round % 2 == 0 ? 48000 : 44100, 256);
        processBlocks(session, 200);
        session.deactivate();
    }
    done = true;
    projects.join();
}

TEST_CASE("an instance that was never activated has no threads and goes at once") {
    constexpr std::chrono::milliseconds limit{50};
    CHECK(quickestOf([] { return timeOf([] { const BridgeSession session({}, [] {}); }); }, limit) < limit);
}

TEST_CASE("activating again with nothing changed takes no time") {
    useEmptyFolder();
    BridgeSession session({}, [] {});
    session.activate(48000, 256);
    const auto activateOften = [&] {
        for (int round = 0; round < 10'000; ++round) {
            session.deactivate();
            session.activate(48000, 256);
        }
    };
    constexpr std::chrono::milliseconds limit{100};
    CHECK(quickestOf([&] { return timeOf(activateOften); }, limit) < limit);
}

TEST_CASE("in the middle of whatever it does, an instance goes within 200 ms") {
    useEmptyFolder();
    // No memory to speak of: what could take long are waits of its own, for the daemon or for something to do.
    checkEnds([](BridgeSession& session) { session.activate(48000, 256); }, 54, 6, std::chrono::milliseconds(0));
}

TEST_CASE("in the middle of loading a big clip at another rate, an instance goes within 200 ms") {
    useEmptyFolder();
    const TestClip clip(kBigClipFrames);
    ProjectState state;
    state.bridgeId = createBridgeId();
    state.slots[0] = ProjectSlot{clip.reference, 1, std::nullopt};
    const std::string text = writeProjectState(state);
    const auto begin = [&](BridgeSession& session) {
        session.setProjectState(text);
        session.activate(44100, 256);
    };
    // The clip as read and as converted.
    auto memory = std::make_unique<std::vector<float>>(4 * std::size_t{kBigClipFrames}, 0.5f);
    const auto system = timeOf([&] { memory.reset(); });
    checkEnds(begin, 1600, 80, system);
}

TEST_CASE("in the middle of making or with a segment of 461 MB, an instance goes within 200 ms") {
    useEmptyFolder();
    struct statvfs sharedMemory {};
    if (::statvfs("/dev/shm", &sharedMemory) != 0 || sharedMemory.f_bavail * sharedMemory.f_frsize < (std::uint64_t{2} << 30)) {
        MESSAGE("not enough shared memory for this test");
        return;
    }
    ::setenv("GRYM_CAPTURE_SECONDS", "600", 1);
    segment::SegmentParameters parameters;
    parameters.bridgeId = createBridgeId();
    parameters.sampleRate = 96000;
    parameters.maximumBlock = 256;
    parameters.captureSeconds = 600;
    segment::SegmentProblem problem;
    auto writer = segment::SegmentWriter::create(parameters, problem);
    REQUIRE(writer != nullptr);
    const auto system = timeOf([&] { writer.reset(); });
    checkEnds([](BridgeSession& session) { session.activate(96000, 256); }, 500, 50, system);
    ::setenv("GRYM_CAPTURE_SECONDS", "15", 1);
}
