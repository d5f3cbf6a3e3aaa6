#include "test_clip.hpp"

#include <cstring>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "session/sha256.hpp"

namespace {

void append32(std::vector<std::byte>& bytes, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

void appendText(std::vector<std::byte>& bytes, const char* text) {
    for (; *text != '\0'; ++text)
        bytes.push_back(static_cast<std::byte>(*text));
}

std::vector<std::byte> silentWav(std::uint32_t frames, std::uint32_t sampleRate) {
    std::vector<std::byte> bytes;
    appendText(bytes, "RIFF");
    append32(bytes, 36 + frames * 8);
    appendText(bytes, "WAVEfmt ");
    append32(bytes, 16);
    append32(bytes, 3 | 2u << 16); // float, two channels
    append32(bytes, sampleRate);
    append32(bytes, sampleRate * 8);
    append32(bytes, 8 | 32u << 16);
    appendText(bytes, "data");
    append32(bytes, frames * 8);
    bytes.resize(bytes.size() + std::size_t{frames} * 8);
    return bytes;
}

} // namespace

TestClip::TestClip(std::uint32_t frames, std::uint32_t sampleRate) {
    static int count = 0;
    path = std::filesystem::temp_directory_path() / ("grym-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".wav");
    const auto bytes = silentWav(frames, sampleRate);
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    grym::bridge::Sha256 sha256;
    sha256.add(bytes);
    reference.hash = sha256.finish();
    reference.path = path.string();
    reference.name = "silence";
    reference.sampleRate = sampleRate;
    reference.channels = 2;
    reference.frames = frames;
    reference.tempoBpm = 120;
    reference.quarterNotes = frames / (sampleRate / 2.0);
    reference.loop = true;
}

TestClip::~TestClip() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
}
