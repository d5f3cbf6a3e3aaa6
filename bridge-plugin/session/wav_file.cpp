#include "session/wav_file.hpp"

#include <cmath>
#include <cstring>

#include "session/growing.hpp"

namespace grym::bridge {
namespace {

constexpr std::size_t kFramesBetweenLooks = 65'536;
constexpr std::uint16_t kFormatFloat = 3;
constexpr std::uint16_t kFormatExtensible = 0xfffe;
// {00000003-0000-0010-8000-00aa00389b71}: the subformat GUID of IEEE float, as it lies in the file (mmreg.h).
constexpr unsigned char kFloatSubformat[16] = {3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};

struct Format {
    bool present = false;
    std::uint32_t channels = 0;
    std::uint32_t sampleRate = 0;
};

std::uint32_t little32(const std::byte* bytes) {
    return std::to_integer<std::uint32_t>(bytes[0]) | std::to_integer<std::uint32_t>(bytes[1]) << 8
        | std::to_integer<std::uint32_t>(bytes[2]) << 16 | std::to_integer<std::uint32_t>(bytes[3]) << 24;
}

std::uint16_t little16(const std::byte* bytes) {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) | std::to_integer<unsigned>(bytes[1]) << 8);
}

bool isChunk(const std::byte* name, const char* expected) {
    return std::memcmp(name, expected, 4) == 0;
}

bool readFormat(std::span<const std::byte> chunk, Format& format, std::string& problem) {
    if (chunk.size() < 16) {
        problem = "The WAV file's format chunk is too short.";
        return false;
    }
    std::uint16_t tag = little16(chunk.data());
    format.channels = little16(chunk.data() + 2);
    format.sampleRate = little32(chunk.data() + 4);
    const std::uint16_t bits = little16(chunk.data() + 14);
    if (tag == kFormatExtensible && chunk.size() >= 40 && std::memcmp(chunk.data() + 24, kFloatSubformat, 16) == 0)
        tag = kFormatFloat;
    if (tag != kFormatFloat || bits != 32) {
        problem = "The WAV file is not 32-bit float (format " + std::to_string(tag) + ", " + std::to_string(bits) + " bits).";
        return false;
    }
    if (format.channels < 1 || format.channels > 2) {
        problem = "The WAV file has " + std::to_string(format.channels) + " channels; 1 or 2 are expected.";
        return false;
    }
    if (format.sampleRate < 8'000 || format.sampleRate > 768'000) {
        problem = "The WAV file's sample rate of " + std::to_string(format.sampleRate) + " Hz is outside 8,000 … 768,000 Hz.";
        return false;
    }
    format.present = true;
    return true;
}

bool readSamples(std::span<const std::byte> data, const Format& format, WavAudio& audio, const std::atomic<bool>& cancelled,
    std::string& problem) {
    const std::size_t frames = data.size() / (4 * format.channels);
    if (frames == 0) {
        problem = "The WAV file holds no samples.";
        return false;
    }
    audio.sampleRate = format.sampleRate;
    audio.channels = format.channels;
    if (!growTo(audio.left, frames, cancelled) || !growTo(audio.right, frames, cancelled))
        return false;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        if (frame % kFramesBetweenLooks == 0 && cancelled)
            return false;
        float pair[2];
        std::memcpy(pair, data.data() + frame * 4 * format.channels, 4 * format.channels);
        if (format.channels == 1)
            pair[1] = pair[0];
        if (!std::isfinite(pair[0]) || !std::isfinite(pair[1])) {
            problem = "The WAV file holds a sample that is not a number, at frame " + std::to_string(frame) + ".";
            return false;
        }
        audio.left[frame] = pair[0];
        audio.right[frame] = pair[1];
    }
    return true;
}

} // namespace

bool readWav(std::span<const std::byte> file, WavAudio& audio, const std::atomic<bool>& cancelled, std::string& problem) {
    if (file.size() < 12 || !isChunk(file.data(), "RIFF") || !isChunk(file.data() + 8, "WAVE")) {
        problem = "The file is not a WAV file.";
        return false;
    }
    Format format;
    std::size_t offset = 12;
    while (file.size() - offset >= 8) {
        const std::byte* header = file.data() + offset;
        const std::size_t size = little32(header + 4);
        offset += 8;
        if (size > file.size() - offset) {
            problem = "The WAV file is cut short: a chunk of " + std::to_string(size) + " bytes has only "
                + std::to_string(file.size() - offset) + ".";
            return false;
        }
        const auto chunk = file.subspan(offset, size);
        if (isChunk(header, "fmt ") && !readFormat(chunk, format, problem))
            return false;
        if (isChunk(header, "data")) {
            if (!format.present) {
                problem = "The WAV file's samples come before its format.";
                return false;
            }
            return readSamples(chunk, format, audio, cancelled, problem);
        }
        const std::size_t padded = size + (size & 1);
        if (padded > file.size() - offset)
            break;
        offset += padded;
    }
    problem = "The WAV file holds no sample data.";
    return false;
}

} // namespace grym::bridge
