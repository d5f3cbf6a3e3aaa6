#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace grym::dsp {

/** How many times the output rate voices are synthesised at: the least whole number that reaches 80 kHz. */
std::int32_t oversamplingFor(double rate) noexcept;

/** Low-pass at half the output rate (6 dB down there, flat to 0.4, 90 dB down from 0.6) and keep every `factor`-th frame. In a loop the filter runs around the seam. */
std::vector<float> decimate(std::span<const float> input, std::int32_t factor, bool circular);

}  // namespace grym::dsp
