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
    const double x = static_cast<double>(i - half) / factor;
    // With the cut-off at the output's Nyquist, every factor-th tap is zero and costs nothing.
    const double sinc = i == half ? 1.0 : ((i - half) % factor == 0 ? 0.0 : sinTurns(x * 0.5) / (PI * x));
    const double turn = static_cast<double>(i) / (taps - 1);
    const double window = 0.35875 - 0.48829 * cosTurns(turn) + 0.14128 * cosTurns(2 * turn) - 0.01168 * cosTurns(3 * turn);
    exact[static_cast<std::size_t>(i)] = sinc * window;
    sum += sinc * window;
  }
  for (std::size_t i = 0; i < exact.size(); ++i) coefficients[i] = static_cast<float>(exact[i] / sum);

  const auto frames = static_cast<std::int64_t>(input.size()) / factor;
  const auto total = static_cast<std::int64_t>(input.size());
  std::vector<float> output(static_cast<std::size_t>(frames), 0.0F);
  // The input is dealt out to one row per phase, so that the inner loop runs over neighbours. Taps outside, frames inside:
  // every frame sums its taps in the same order, and no sum waits for another.
  constexpr std::int64_t BLOCK = 512;
  const std::int64_t rowLength = BLOCK + taps / factor + 1;
  std::vector<float> rows(static_cast<std::size_t>(rowLength * factor));
  for (std::int64_t first = 0; first < frames; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, frames - first);
    for (std::int64_t i = 0; i < rowLength; ++i)
      for (std::int32_t phase = 0; phase < factor; ++phase) {
        std::int64_t at = (first + i) * factor + phase - half;
        if (circular && (at < 0 || at >= total)) at = ((at % total) + total) % total;
        rows[static_cast<std::size_t>(phase * rowLength + i)] = at >= 0 && at < total ? input[static_cast<std::size_t>(at)] : 0.0F;
      }
    float* target = output.data() + first;
    for (std::int32_t tap = 0; tap < taps; ++tap) {
      const float coefficient = coefficients[static_cast<std::size_t>(tap)];
      if (coefficient == 0.0F) continue;
      const float* source = rows.data() + (tap % factor) * rowLength + tap / factor;
      for (std::int64_t i = 0; i < count; ++i) target[i] += coefficient * source[i];
    }
  }
  return output;
}

}  // namespace grym::dsp
