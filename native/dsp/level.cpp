#include "level.hpp"

#include <algorithm>
#include <cmath>

#include "loudness.hpp"
#include "maths.hpp"

namespace grym::dsp {
namespace {

void scale(std::vector<float>& channel, double gain) {
  for (auto& value : channel) value = static_cast<float>(static_cast<double>(value) * gain);
}

double peakOf(const std::vector<float>& left, const std::vector<float>& right, double rate, bool circular) {
  return std::max(truePeak(left, rate, circular), truePeak(right, rate, circular));
}

/** Rounds what stands above the knee, so that nothing reaches `most`; below the knee nothing changes, and the slope has no step. */
void roundPeaks(std::vector<float>& channel, double knee, double most) {
  for (auto& value : channel) {
    const double size = std::fabs(static_cast<double>(value));
    if (size <= knee) continue;
    const double over = (size - knee) / (most - knee);
    const double rounded = knee + (most - knee) * over / (1.0 + over);
    value = static_cast<float>(value < 0.0F ? -rounded : rounded);
  }
}

/**
 * A sound of short peaks cannot be at TONAL_LUFS with so little limiting. Its peaks are rounded first, as tape would, and again
 * as often as the loudness that this costs is made up for. Sounds with ordinary peaks are left as they are.
 */
bool easePeaks(std::vector<float>& left, std::vector<float>& right, double rate, bool circular, const Control& control) {
  const double allowed = gainFromDecibels(CEILING_DBTP + MOST_LIMITING_DB - 0.1), most = gainFromDecibels(CEILING_DBTP + 0.8);
  for (int round = 0; round < 24; ++round) {
    control.checkpoint();
    const auto measured = integratedLoudness(left, right, rate);
    if (!measured) return round > 0;
    const double gain = gainFromDecibels(TONAL_LUFS - *measured);
    // What was rounded once is rounded until the limiter has next to nothing left to do: it would cost loudness again.
    if (peakOf(left, right, rate, circular) * gain <= (round == 0 ? allowed : most * 1.12)) return round > 0;
    scale(left, gain);
    scale(right, gain);
    roundPeaks(left, most * 0.45, most);
    roundPeaks(right, most * 0.45, most);
  }
  return true;
}

}  // namespace

void limitPeaks(std::vector<float>& left, std::vector<float>& right, double rate, bool circular, double threshold) {
  const auto frames = static_cast<std::int64_t>(left.size());
  const std::int64_t reach = std::max<std::int64_t>(1, static_cast<std::int64_t>(rate * 0.0015));
  std::vector<float> peaksLeft(left.size()), peaksRight(right.size());
  truePeaks(left, rate, circular, static_cast<float>(threshold), peaksLeft);
  truePeaks(right, rate, circular, static_cast<float>(threshold), peaksRight);
  const auto wrap = [&](std::int64_t i) { return circular ? ((i % frames) + frames) % frames : std::clamp<std::int64_t>(i, 0, frames - 1); };
  std::vector<double> gains(left.size(), 1.0);
  for (std::int64_t i = 0; i < frames; ++i) {
    const double peak = static_cast<double>(std::max(peaksLeft[static_cast<std::size_t>(i)], peaksRight[static_cast<std::size_t>(i)]));
    if (peak <= threshold) continue;
    // A peak between two frames is paid for by both.
    for (std::int64_t j = i - reach; j <= i + reach + 1; ++j) gains[static_cast<std::size_t>(wrap(j))] = std::min(gains[static_cast<std::size_t>(wrap(j))], threshold / peak);
  }
  double sum = 0.0;
  for (std::int64_t j = -reach; j <= reach; ++j) sum += gains[static_cast<std::size_t>(wrap(j))];
  for (std::int64_t i = 0; i < frames; ++i) {
    const double gain = std::min(1.0, sum / static_cast<double>(2 * reach + 1));
    left[static_cast<std::size_t>(i)] = static_cast<float>(static_cast<double>(left[static_cast<std::size_t>(i)]) * gain);
    right[static_cast<std::size_t>(i)] = static_cast<float>(static_cast<double>(right[static_cast<std::size_t>(i)]) * gain);
    sum += gains[static_cast<std::size_t>(wrap(i + reach + 1))] - gains[static_cast<std::size_t>(wrap(i - reach))];
  }
}

Level levelOut(std::vector<float>& left, std::vector<float>& right, double rate, bool tonal, bool circular, const Control& control) {
  Level level;
  if (tonal) level.rounded = easePeaks(left, right, rate, circular, control);
  const auto measured = integratedLoudness(left, right, rate);
  control.checkpoint();
  double peak = peakOf(left, right, rate, circular);
  if (peak <= 0.0) return level;
  double gain = gainFromDecibels(DRUM_PEAK_DBTP) / peak;
  if (tonal && measured) {
    gain = gainFromDecibels(TONAL_LUFS - *measured);
    const double over = decibelsFromGain(peak * gain) - CEILING_DBTP;
    if (over > MOST_LIMITING_DB - 0.05) gain *= gainFromDecibels(MOST_LIMITING_DB - 0.05 - over);
  }
  scale(left, gain);
  scale(right, gain);
  peak *= gain;
  const double ceiling = gainFromDecibels(CEILING_DBTP);
  if (peak > ceiling * 1.0001) {
    // A hair below the ceiling: smoothing moves the points between frames by a little.
    limitPeaks(left, right, rate, circular, ceiling * 0.995);
    level.limitedDb = decibelsFromGain(peak / (ceiling * 0.995));
    peak = peakOf(left, right, rate, circular);
  }
  level.peakDbtp = decibelsFromGain(peak);
  // A gain moves the loudness by just itself; only the limiter changes more.
  if (level.limitedDb > 0.0) level.loudnessLufs = integratedLoudness(left, right, rate);
  else if (measured) level.loudnessLufs = *measured + decibelsFromGain(gain);
  return level;
}

}  // namespace grym::dsp
