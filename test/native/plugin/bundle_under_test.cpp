#include "bundle_under_test.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>

#include "session/project_state.hpp"
#include "session/sha256.hpp"

namespace grym::test {
namespace {

std::vector<std::byte> constantWav(std::uint32_t frames) {
    std::vector<std::byte> wav(44 + 8 * static_cast<std::size_t>(frames));
    const auto put = [&wav](std::size_t at, std::uint32_t value, std::size_t bytes) {
        for (std::size_t index = 0; index < bytes; ++index)
            wav[at + index] = static_cast<std::byte>(value >> (8 * index));
    };
    std::memcpy(wav.data(), "RIFF", 4);
    put(4, static_cast<std::uint32_t>(wav.size() - 8), 4);
    std::memcpy(wav.data() + 8, "WAVEfmt ", 8);
    put(16, 16, 4);
    put(20, 3, 2);
    put(22, 2, 2);
    put(24, 48000, 4);
    put(28, 48000 * 8, 4);
    put(32, 8, 2);
    put(34, 32, 2);
    std::memcpy(wav.data() + 36, "data", 4);
    put(40, 8 * frames, 4);
    const float sample = 0.5f;
    for (std::size_t index = 0; index < 2 * static_cast<std::size_t>(frames); ++index)
        std::memcpy(wav.data() + 44 + 4 * index, &sample, 4);
    return wav;
}

} // namespace

TestFolder::TestFolder() {
    std::random_device random;
    char digits[9];
    std::snprintf(digits, sizeof(digits), "%08x", random());
    prefix_ = digits;
    path_ = (std::filesystem::temp_directory_path() / ("grym-plugin-" + prefix_)).string();
    std::filesystem::create_directory(path_);
    ::setenv("GRYM_RUNTIME_DIR", path_.c_str(), 1);
    ::setenv("GRYM_DATA_DIR", path_.c_str(), 1);
    ::setenv("GRYM_SHM_PREFIX", prefix_.c_str(), 1);
    ::setenv("GRYM_CAPTURE_SECONDS", "15", 1);
}

TestFolder::~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

BundleUnderTest::BundleUnderTest(OpenHost open, double sampleRate, std::uint32_t block) : host_(open()), block_(block) {
    host_->activate(sampleRate, block);
}

segment::SegmentReader& BundleUnderTest::segment() {
    const auto attach = [this] {
        for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
            const std::string name = entry.path().filename().string();
            segment::SegmentProblem problem;
            if (name.starts_with("grym-" + folder_.segmentPrefix()))
                reader_ = segment::SegmentReader::attach("/" + name, problem);
        }
        return reader_ != nullptr;
    };
    if (!reader_ && !becomesTrue(attach))
        throw std::runtime_error("the plugin made no segment");
    // The engine takes it up in process().
    return *reader_;
}

void BundleUnderTest::command(segment::CommandKind kind, segment::CommandWhen when) {
    segment::Command command{};
    command.kind = kind;
    command.when = when;
    command.quantiseBars = 1;
    command.id = 1;
    if (!segment().pushCommand(command))
        throw std::runtime_error("the command ring is full");
}

void BundleUnderTest::loadConstantClip() {
    const auto wav = constantWav(480'000);
    bridge::Sha256 sha256;
    sha256.add(wav);
    // Under its own id: for another one the plugin would make a new segment.
    std::string problem;
    bridge::ProjectState state = bridge::readProjectState(host_->bridgeState(), problem).value();
    bridge::ProjectSlot slot;
    slot.clip.hash = sha256.finish();
    slot.clip.path = folder_.path() + "/" + slot.clip.hash + ".wav";
    slot.clip.name = "constant";
    slot.clip.sampleRate = 48000;
    slot.clip.channels = 2;
    slot.clip.frames = 480'000;
    slot.clip.tempoBpm = 120;
    slot.clip.quarterNotes = 20;
    slot.clip.loop = true;
    std::ofstream(slot.clip.path, std::ios::binary).write(reinterpret_cast<const char*>(wav.data()), static_cast<std::streamsize>(wav.size()));
    state.slots[0] = slot;
    host_->setBridgeState(bridge::writeProjectState(state));
    // Sounds at once, transport or not: so it is known to be there. Then it is stopped again. By command: the effect has no notes.
    const bool sounds = becomesTrue([this] {
        command(segment::CommandKind::launch, segment::CommandWhen::now);
        host_->process(block_, {}, {});
        const bool heard = host_->left[block_ - 1] != 0.0f;
        command(segment::CommandKind::stop, segment::CommandWhen::now);
        host_->process(block_, {}, {});
        return heard;
    });
    if (!sounds)
        throw std::runtime_error("the clip was not loaded");
    for (int count = 0; count < 8; ++count)
        host_->process(block_, {}, {});
}

bool becomesTrue(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

std::string bundlePath(const std::string& inside) {
    const char* folder = std::getenv("GRYM_PLUGIN_FOLDER");
    return (folder != nullptr ? std::string(folder) : std::string(GRYM_PLUGIN_FOLDER)) + "/" + inside;
}

std::string wrapBridgeState(const std::string& json) {
    std::string state;
    for (const std::string& part : {std::string("__dpf_state_begin__"), std::string("bridge"), json, std::string("__dpf_state_end__")})
        state += part + '\0';
    return state + "\xfe";
}

std::string unwrapBridgeState(const std::string& state) {
    const std::string key("bridge\0", 7);
    const std::size_t at = state.find(key);
    if (at == std::string::npos)
        throw std::runtime_error("the state holds no bridge");
    return state.c_str() + at + key.size();
}

} // namespace grym::test
