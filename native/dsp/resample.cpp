#include "resample.hpp"

#include <algorithm>

#include "maths.hpp"

namespace grym::dsp {

std::int32_t oversamplingFor(double rate) noexcept {
  std::int32_t factor = 1;
  while (rate * factor < 80000.0) ++factor;
  return factor;
}

std::vector<float> decimate(std::span<const float> input, std::int32_t factor, bool circular) {
  if (factor == 1) return {input.begin(), input.end()};
  // Blackman-Harris window: side lobes 92 dB down. 24 output frames to each side.
  const std::int32_t half = 24 * factor, taps = 2 * half + 1;
  std::vector<float> coefficients(static_cast<std::size_t>(taps));
  double sum = 0.0;
  std::vector<double> exact(static_cast<std::size_t>(taps));
  for (std::int32_t i = 0; i < taps; ++i) {
    const double x = static_cast<double>(i - half) / factor * 0.92;
    const double sinc = i == half ? 1.0 : sinTurns(x * 0.5) / (PI * x);
    const double turn = static_cast<double>(i) / (taps - 1);
    const double window = 0.35875 - 0.48829 * cosTurns(turn) + 0.14128 * cosTurns(2 * turn) - 0.01168 * cosTurns(3 * turn);
    exact[static_cast<std::size_t>(i)] = sinc * window;
    sum += sinc * window;
  }
  for (std::size_t i = 0; i < exact.size(); ++i) coefficients[i] = static_cast<float>(exact[i] / sum);

  const auto frames = static_cast<std::int64_t>(input.size()) / factor;
  const auto total = static_cast<std::int64_t>(input.size());
  std::vector<float> output(static_cast<std::size_t>(frames), 0.0F);
  // Taps outside, frames inside: every frame sums its taps in the same order, and the inner loop has no dependency.
  constexpr std::int64_t BLOCK = 512;
  std::vector<float> window(static_cast<std::size_t>(BLOCK * factor + taps));
  for (std::int64_t first = 0; first < frames; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, frames - first);
    const std::int64_t length = count * factor + taps;
    for (std::int64_t i = 0; i < length; ++i) {
      std::int64_t at = first * factor + i - half;
      if (circular) at = ((at % total) + total) % total;
      window[static_cast<std::size_t>(i)] = at >= 0 && at < total ? input[static_cast<std::size_t>(at)] : 0.0F;
    }
    float* target = output.data() + first;
    for (std::int32_t tap = 0; tap < taps; ++tap) {
      const float coefficient = coefficients[static_cast<std::size_t>(tap)];
      const float* source = window.data() + tap;
      for (std::int64_t i = 0; i < count; ++i) target[i] += coefficient * source[i * factor];
    }
  }
  return output;
}

}  // namespace grym::dsp
