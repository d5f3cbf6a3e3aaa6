// Reads float32 WAV out of memory. The bytes may be hostile: every length is checked before it is believed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace grym::bridge {

struct WavAudio {
    double sampleRate = 0;
    std::uint32_t channels = 0; // 1 or 2
    std::vector<float> left;
    std::vector<float> right; // as long as `left`; a copy of it where the file is mono
};

/**
 * WAVE_FORMAT_IEEE_FLOAT or WAVE_FORMAT_EXTENSIBLE with the float subformat, 32 bits, 1 or 2 channels, 8,000 … 768,000 Hz,
 * finite samples. True: `audio` is filled. False: `problem` is one sentence for the user, or `cancelled` was set.
 */
bool readWav(std::span<const std::byte> file, WavAudio& audio, const std::atomic<bool>& cancelled, std::string& problem);

} // namespace grym::bridge
