// The threads of one instance together, without a format and without a daemon; also under ThreadSanitizer.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "session/bridge_session.hpp"

using namespace grym::bridge;
namespace engine = grym::engine;

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
    const auto before = std::chrono::steady_clock::now();
    { const BridgeSession session({}, [] {}); }
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(50));
}

TEST_CASE("activating again with nothing changed takes no time") {
    useEmptyFolder();
    BridgeSession session({}, [] {});
    session.activate(48000, 256);
    const auto before = std::chrono::steady_clock::now();
    for (int round = 0; round < 10'000; ++round) {
        session.deactivate();
        session.activate(48000, 256);
    }
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(100));
}

TEST_CASE("in the middle of whatever it does, an instance goes within 200 ms") {
    useEmptyFolder();
    for (int delayMilliseconds = 0; delayMilliseconds < 60; delayMilliseconds += 6) {
        auto session = std::make_unique<BridgeSession>(InstanceFacts{}, [] {});
        session->activate(48000, 256);
        std::this_thread::sleep_for(std::chrono::milliseconds(delayMilliseconds));
        const auto before = std::chrono::steady_clock::now();
        session.reset();
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(200));
    }
}
