#include "loudness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "maths.hpp"

namespace grym::dsp {
namespace {

struct Biquad {
  double b0, b1, b2, a1, a2;
  double z1 = 0.0, z2 = 0.0;
  double process(double x) noexcept {
    const double y = b0 * x + z1;
    z1 = b1 * x - a1 * y + z2;
    z2 = b2 * x - a2 * y;
    return y;
  }
};

/** The "K" curve's shelf for any rate (constants: Mansbridge, Finn, Reiss; as in libebur128). */
Biquad shelfFor(double rate) noexcept {
  const double k = tanHalfTurns(1681.974450955533 / rate), q = 0.7071752369554196;
  const double vh = gainFromDecibels(3.999843853973347), vb = powerOf(vh, 0.4996667741545416);
  const double a0 = 1.0 + k / q + k * k;
  return {(vh + vb * k / q + k * k) / a0, 2.0 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
}

Biquad highPassFor(double rate) noexcept {
  const double k = tanHalfTurns(38.13547087602444 / rate), q = 0.5003270373238773;
  const double a0 = 1.0 + k / q + k * k;
  return {1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
}

constexpr std::int32_t TAPS_PER_PHASE = 12;

std::int32_t peakFactor(double rate) noexcept { return rate < 96000.0 ? 4 : (rate < 192000.0 ? 2 : 1); }

}  // namespace

std::optional<double> integratedLoudness(std::span<const float> left, std::span<const float> right, double rate) {
  // Energy per tenth of a second; four of them make a block, which so overlaps by 75 %.
  const auto hop = static_cast<std::size_t>(rate / 10.0 + 0.5);
  std::vector<double> tenths;
  std::array<std::span<const float>, 2> channels{left, right};
  for (const auto& channel : channels) {
    Biquad shelf = shelfFor(rate), high = highPassFor(rate);
    double energy = 0.0;
    std::size_t tenth = 0;
    for (std::size_t i = 0; i < channel.size(); ++i) {
      const double y = high.process(shelf.process(static_cast<double>(channel[i])));
      energy += y * y;
      if ((i + 1) % hop == 0) {
        if (tenth == tenths.size()) tenths.push_back(0.0);
        tenths[tenth++] += energy;
        energy = 0.0;
      }
    }
  }
  std::vector<double> blocks;
  for (std::size_t i = 0; i + 3 < tenths.size(); ++i)
    blocks.push_back((tenths[i] + tenths[i + 1] + tenths[i + 2] + tenths[i + 3]) / (4.0 * static_cast<double>(hop)));
  const auto meanAbove = [&](double threshold) {
    double sum = 0.0, count = 0.0;
    for (const double block : blocks)
      if (block >= threshold) { sum += block; count += 1.0; }
    return count > 0.0 ? sum / count : 0.0;
  };
  const auto lufs = [](double energy) { return -0.691 + 0.5 * decibelsFromGain(energy); };
  const double absolute = exp2Of((-70.0 + 0.691) * 0.33219280948873623);
  const double first = meanAbove(absolute);
  if (first <= 0.0) return std::nullopt;
  const double second = meanAbove(std::max(absolute, first * 0.1));
  return lufs(second);
}

void truePeaks(std::span<const float> channel, double rate, bool circular, std::span<float> peaks) {
  const std::int32_t factor = peakFactor(rate);
  for (std::size_t i = 0; i < channel.size(); ++i) peaks[i] = std::fabs(channel[i]);
  if (factor == 1) return;
  // The interpolator of BS.1770's annex 2: a Hann-windowed sinc of 12 taps for each phase.
  constexpr std::int64_t BLOCK = 1024;
  const auto total = static_cast<std::int64_t>(channel.size());
  const double centre = factor * TAPS_PER_PHASE / 2.0;
  std::vector<float> window(static_cast<std::size_t>(BLOCK + TAPS_PER_PHASE));
  std::vector<float> sums(static_cast<std::size_t>(BLOCK));
  for (std::int64_t first = 0; first < total; first += BLOCK) {
    const std::int64_t count = std::min(BLOCK, total - first);
    for (std::int64_t i = 0; i < count + TAPS_PER_PHASE; ++i) {
      std::int64_t at = first + i - TAPS_PER_PHASE / 2 + 1;
      if (circular) at = ((at % total) + total) % total;
      window[static_cast<std::size_t>(i)] = at >= 0 && at < total ? channel[static_cast<std::size_t>(at)] : 0.0F;
    }
    for (std::int32_t phase = 1; phase < factor; ++phase) {
      std::fill(sums.begin(), sums.end(), 0.0F);
      for (std::int32_t tap = 0; tap < TAPS_PER_PHASE; ++tap) {
        // Distance in output steps between the wanted point and this input frame.
        const double m = (tap - TAPS_PER_PHASE / 2 + 1) * factor - phase;
        const double x = m / factor;
        const double coefficient = sinTurns(x * 0.5) / (PI * x) * 0.5 * (1.0 + cosTurns(m / (2.0 * centre)));
        const auto c = static_cast<float>(coefficient);
        const float* source = window.data() + tap;
        for (std::int64_t i = 0; i < count; ++i) sums[static_cast<std::size_t>(i)] += c * source[i];
      }
      for (std::int64_t i = 0; i < count; ++i)
        peaks[static_cast<std::size_t>(first + i)] = std::max(peaks[static_cast<std::size_t>(first + i)], std::fabs(sums[static_cast<std::size_t>(i)]));
    }
  }
}

double truePeak(std::span<const float> channel, double rate, bool circular) {
  std::vector<float> peaks(channel.size());
  truePeaks(channel, rate, circular, peaks);
  float highest = 0.0F;
  for (const float peak : peaks) highest = std::max(highest, peak);
  return static_cast<double>(highest);
}

}  // namespace grym::dsp
