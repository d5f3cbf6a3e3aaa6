#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "session/wav_file.hpp"

using grym::bridge::readWav;
using grym::bridge::WavAudio;

namespace {

const std::atomic<bool> kGoing{false};

using Bytes = std::vector<std::byte>;

void put(Bytes& bytes, std::uint32_t value, int count) {
    for (int index = 0; index < count; ++index)
        bytes.push_back(static_cast<std::byte>(value >> (8 * index)));
}

void putText(Bytes& bytes, const char* text) {
    for (; *text != '\0'; ++text)
        bytes.push_back(static_cast<std::byte>(*text));
}

Bytes wav(std::uint32_t channels, const std::vector<float>& samples, bool extensible, const char* extraChunk = nullptr) {
    Bytes bytes;
    putText(bytes, "RIFF");
    put(bytes, 0, 4); // not looked at: broken writers leave it at 0
    putText(bytes, "WAVE");
    if (extraChunk != nullptr) {
        putText(bytes, extraChunk);
        put(bytes, 3, 4);
        put(bytes, 0, 4); // three bytes and the pad
    }
    putText(bytes, "fmt ");
    put(bytes, extensible ? 40 : 16, 4);
    put(bytes, extensible ? 0xfffe : 3, 2);
    put(bytes, channels, 2);
    put(bytes, 44100, 4);
    put(bytes, 44100 * 4 * channels, 4);
    put(bytes, 4 * channels, 2);
    put(bytes, 32, 2);
    if (extensible) {
        put(bytes, 22, 2);
        put(bytes, 32, 2);
        put(bytes, 3, 4);
        const unsigned char guid[16] = {3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
        for (const unsigned char byte : guid)
            bytes.push_back(static_cast<std::byte>(byte));
    }
    putText(bytes, "data");
    put(bytes, static_cast<std::uint32_t>(4 * samples.size()), 4);
    for (const float sample : samples) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &sample, 4);
        put(bytes, bits, 4);
    }
    return bytes;
}

} // namespace

TEST_CASE("float WAV is read bit for bit: plain, extensible, mono, after other chunks") {
    const std::vector<float> samples{0.1f, -0.2f, 0.3f, -0.4f, 1e-30f, -1.5f};
    for (const bool extensible : {false, true}) {
        WavAudio audio;
        std::string problem;
        REQUIRE(readWav(wav(2, samples, extensible, "bext"), audio, kGoing, problem));
        CHECK(audio.sampleRate == 44100);
        CHECK(audio.left == std::vector<float>{0.1f, 0.3f, 1e-30f});
        CHECK(audio.right == std::vector<float>{-0.2f, -0.4f, -1.5f});
        REQUIRE(readWav(wav(1, samples, extensible), audio, kGoing, problem));
        CHECK(audio.left == samples);
        CHECK(audio.right == samples);
    }
}

TEST_CASE("a file cut at any byte is refused with a sentence") {
    const Bytes whole = wav(2, {0.1f, -0.2f, 0.3f, -0.4f}, true, "LIST");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        WavAudio audio;
        std::string problem;
        CHECK_FALSE(readWav(std::span(whole).first(size), audio, kGoing, problem));
        CHECK(problem.ends_with("."));
    }
}

TEST_CASE("a hundred thousand mutated files are read or refused, never more") {
    const Bytes whole = wav(2, std::vector<float>(32, 0.5f), true, "smpl");
    std::mt19937 random(7);
    for (int round = 0; round < 100'000; ++round) {
        Bytes mutated = whole;
        for (auto count = random() % 6; count > 0; --count)
            mutated[random() % mutated.size()] = static_cast<std::byte>(random());
        mutated.resize(random() % (mutated.size() + 1));
        WavAudio audio;
        std::string problem;
        if (readWav(mutated, audio, kGoing, problem)) {
            REQUIRE(audio.left.size() == audio.right.size());
            REQUIRE(audio.left.size() * 4 <= mutated.size());
        } else {
            REQUIRE_FALSE(problem.empty());
        }
    }
}
