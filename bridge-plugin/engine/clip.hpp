// A clip as the audio thread plays it: private memory, at the host's rate, two channels, immutable once posted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace grym::engine {

/** Made by the loader thread, never changed after Engine::postClip(). */
struct Clip {
    std::vector<float> left;  // samples at the host's rate
    std::vector<float> right; // as long as `left`
    double quarterNotes = 0;  // length of the cycle; 0: unknown, the clip repeats by its own frames
    double tempoBpm = 0;      // quarter notes per minute it was made for; for information
    bool loop = false;        // false: a one-shot, it ends by itself
    std::string hash;         // SHA-256 of the original file, lower-case hex
    std::uint64_t revision = 0;

    std::uint64_t frames() const noexcept { return left.size() < right.size() ? left.size() : right.size(); }
};

} // namespace grym::engine
