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

std::optional<double> integratedLoudness(std::span<const float> left, std::span<const float> right, double rate, const Control* control) {
  // Energy per tenth of a second; four of them make a block, which so overlaps by 75 %.
  const auto hop = static_cast<std::size_t>(rate / 10.0 + 0.5);
  std::vector<double> tenths(left.size() / hop, 0.0);
  Biquad shelfLeft = shelfFor(rate), highLeft = highPassFor(rate), shelfRight = shelfLeft, highRight = highLeft;
  for (std::size_t tenth = 0; tenth < tenths.size(); ++tenth) {
    if (control != nullptr) control->checkpoint();
    double energyLeft = 0.0, energyRight = 0.0;
    for (std::size_t i = tenth * hop; i < (tenth + 1) * hop; ++i) {
      const double a = highLeft.process(shelfLeft.process(static_cast<double>(left[i])));
      const double b = highRight.process(shelfRight.process(static_cast<double>(right[i])));
      energyLeft += a * a;
      energyRight += b * b;
    }
    tenths[tenth] = energyLeft + energyRight;
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
  return lufs(meanAbove(std::max(absolute, first * 0.1)));
}

void truePeaks(std::span<const float> channel, double rate, bool circular, float floor, std::span<float> peaks, const Control* control) {
  const std::int32_t factor = peakFactor(rate);
  for (std::size_t i = 0; i < channel.size(); ++i) peaks[i] = std::fabs(channel[i]);
  if (factor == 1) return;
  // The interpolator of BS.1770's annex 2: a Hann-windowed sinc of 12 taps for each phase.
  std::array<std::array<float, TAPS_PER_PHASE>, 4> coefficients{};
  float reach = 0.0F;
  for (std::int32_t phase = 1; phase < factor; ++phase) {
    float sum = 0.0F;
    for (std::int32_t tap = 0; tap < TAPS_PER_PHASE; ++tap) {
      // Distance in frames between the wanted point and this input frame.
      const double x = tap - TAPS_PER_PHASE / 2 + 1 - static_cast<double>(phase) / factor;
      const double window = 0.5 * (1.0 + cosTurns(x / TAPS_PER_PHASE));
      coefficients[static_cast<std::size_t>(phase)][static_cast<std::size_t>(tap)] = static_cast<float>(sinTurns(x * 0.5) / (PI * x) * window);
      sum += std::fabs(coefficients[static_cast<std::size_t>(phase)][static_cast<std::size_t>(tap)]);
    }
    reach = std::max(reach, sum);
  }
  constexpr std::int64_t BLOCK = 64;
  const auto total = static_cast<std::int64_t>(channel.size());
  std::array<float, BLOCK + TAPS_PER_PHASE> window{};
  for (std::int64_t first = 0; first < total; first += BLOCK) {
    if (control != nullptr && (first & 0xffff) == 0) control->checkpoint();
    const std::int64_t count = std::min(BLOCK, total - first);
    float highest = 0.0F;
    for (std::int64_t i = 0; i < count + TAPS_PER_PHASE; ++i) {
      std::int64_t at = first + i - TAPS_PER_PHASE / 2 + 1;
      if (circular && (at < 0 || at >= total)) at = ((at % total) + total) % total;
      const float value = at >= 0 && at < total ? channel[static_cast<std::size_t>(at)] : 0.0F;
      window[static_cast<std::size_t>(i)] = value;
      highest = std::max(highest, std::fabs(value));
    }
    if (highest * reach <= floor) continue;
    for (std::int32_t phase = 1; phase < factor; ++phase) {
      const auto& taps = coefficients[static_cast<std::size_t>(phase)];
      for (std::int64_t i = 0; i < count; ++i) {
        float sum = 0.0F;
        for (std::size_t tap = 0; tap < TAPS_PER_PHASE; ++tap) sum += taps[tap] * window[static_cast<std::size_t>(i) + tap];
        peaks[static_cast<std::size_t>(first + i)] = std::max(peaks[static_cast<std::size_t>(first + i)], std::fabs(sum));
      }
    }
  }
}

double truePeak(std::span<const float> channel, double rate, bool circular, const Control* control) {
  float highest = 0.0F;
  for (const float value : channel) highest = std::max(highest, std::fabs(value));
  std::vector<float> peaks(channel.size());
  truePeaks(channel, rate, circular, highest, peaks, control);
  for (const float peak : peaks) highest = std::max(highest, peak);
  return static_cast<double>(highest);
}

}  // namespace grym::dsp
