#include "onsets.hpp"

#include <algorithm>
#include <cmath>

#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr double WINDOW_SECONDS = 0.0213;
constexpr std::size_t BANDS = 32;
/** A band this far below the clip's loudest is not heard to begin. */
constexpr float RANGE = 300.0F;
/** Frames of the curve between the two spectra that are compared: as many as the window has hops to half its height. */
constexpr std::size_t LAG = 2;
/** A frame's window reaches ahead of its centre: the flux of a click peaks this much of a window before the click. */
constexpr double AHEAD = 0.25;
constexpr double SMALLEST_GAP_SECONDS = 0.03;
constexpr float LEAST_STRENGTH = 0.16F;

/** Logarithmic level of each band in each frame. */
std::vector<float> bandLevels(const MiddleSide& sound, std::size_t size, std::size_t hop, Control& control) {
  PowerSpectrum spectrum(size);
  const auto edges = bandEdges(BANDS, size, sound.rate, 30.0, 16000.0);
  const auto count = static_cast<std::size_t>(sound.frames) / hop + 2;
  std::vector<float> power(spectrum.bins()), levels(count * BANDS);
  float loudest = 0.0F;
  for (std::size_t frame = 0; frame < count; ++frame) {
    if ((frame & 31) == 0) control.progress(static_cast<double>(frame) / static_cast<double>(count));
    powerAt(sound, spectrum, static_cast<std::int64_t>(frame * hop), power);
    for (std::size_t band = 0; band < BANDS; ++band) {
      float sum = 0.0F;
      for (std::size_t bin = edges[band]; bin < edges[band + 1]; ++bin) sum += power[bin];
      const float level = std::sqrt(sum);
      levels[frame * BANDS + band] = level;
      loudest = std::max(loudest, level);
    }
  }
  if (loudest > 0.0F)
    for (float& level : levels) level = std::log2(1.0F + level * (RANGE / loudest));
  return levels;
}

/** The sharpest rise of the differentiated signal's energy near a time: onsets of the curve are only as exact as its frames. */
double refined(double seconds, const MiddleSide& sound) {
  const auto step = std::max<std::int64_t>(1, static_cast<std::int64_t>(sound.rate * 0.001));
  const auto centre = static_cast<std::int64_t>(seconds * sound.rate);
  const std::int64_t from = centre - 18 * step, blocks = 44;
  std::vector<double> energy(static_cast<std::size_t>(blocks), 0.0);
  double total = 0.0;
  for (const auto& signal : sound.signals)
    for (std::int64_t block = 0; block < blocks; ++block)
      for (std::int64_t i = from + block * step; i < from + (block + 1) * step; ++i) {
        if (i < 0 || i >= sound.frames) continue;
        const float before = i > 0 ? signal[static_cast<std::size_t>(i - 1)] : 0.0F;
        const double difference = static_cast<double>(signal[static_cast<std::size_t>(i)] - before);
        energy[static_cast<std::size_t>(block)] += difference * difference;
        total += difference * difference;
      }
  if (total <= 0.0) return seconds;
  double best = 0.0;
  std::int64_t place = -1;
  for (std::int64_t block = 4; block + 4 <= blocks; ++block) {
    double before = total * 1e-4, after = total * 1e-4;
    for (std::int64_t k = 1; k <= 4; ++k) before += energy[static_cast<std::size_t>(block - k)];
    for (std::int64_t k = 0; k < 4; ++k) after += energy[static_cast<std::size_t>(block + k)];
    const double rise = after / before * std::sqrt(after);
    if (rise > best) {
      best = rise;
      place = block;
    }
  }
  if (place < 0) return seconds;
  return std::max(0.0, static_cast<double>(from + place * step) / sound.rate);
}

}  // namespace

OnsetCurve onsetCurve(const MiddleSide& sound, Control& control) {
  const std::size_t size = transformSize(sound.rate, WINDOW_SECONDS), hop = size / 4;
  const std::vector<float> levels = bandLevels(sound, size, hop, control);
  const std::size_t count = levels.size() / BANDS;
  OnsetCurve curve;
  curve.framesPerSecond = sound.rate / static_cast<double>(hop);
  curve.strength.assign(count, 0.0F);
  // Behind the end there is nothing: where the sound breaks off, the spectrum splatters, and that is no beginning.
  const std::size_t whole = static_cast<std::size_t>(std::max<std::int64_t>(0, sound.frames - static_cast<std::int64_t>(size / 2))) / hop + 1;
  for (std::size_t frame = 0; frame < std::min(count, whole); ++frame) {
    float flux = 0.0F;
    for (std::size_t band = 0; band < BANDS; ++band) {
      float before = 0.0F;
      if (frame >= LAG)
        for (std::size_t near = band == 0 ? 0 : band - 1; near <= std::min(BANDS - 1, band + 1); ++near)
          before = std::max(before, levels[(frame - LAG) * BANDS + near]);
      flux += std::max(0.0F, levels[frame * BANDS + band] - before);
    }
    curve.strength[frame] = flux / static_cast<float>(BANDS);
  }
  return curve;
}

std::vector<Onset> findOnsets(const OnsetCurve& curve, const MiddleSide& sound, Control& control) {
  const auto count = static_cast<std::int64_t>(curve.strength.size());
  const auto at = [&](std::int64_t i) { return curve.strength[static_cast<std::size_t>(i)]; };
  const auto frames = [&](double seconds) { return std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * curve.framesPerSecond + 0.5)); };
  const std::int64_t near = frames(0.025), wide = frames(0.25);
  std::vector<Onset> onsets;
  std::vector<float> around;
  for (std::int64_t i = 0; i < count; ++i) {
    if ((i & 255) == 0) control.checkpoint();
    const float value = at(i);
    if (value < LEAST_STRENGTH) continue;
    bool highest = true;
    for (std::int64_t k = std::max<std::int64_t>(0, i - near); highest && k <= std::min(count - 1, i + near); ++k)
      highest = at(k) < value || (at(k) == value && k >= i);
    if (!highest) continue;
    around.assign(curve.strength.begin() + std::max<std::int64_t>(0, i - wide), curve.strength.begin() + std::min(count, i + wide + 1));
    const auto middle = around.begin() + static_cast<std::ptrdiff_t>(around.size() / 2);
    std::nth_element(around.begin(), middle, around.end());
    if (value < *middle * 2.8F + LEAST_STRENGTH * 0.6F) continue;
    const double coarse = (static_cast<double>(i) + AHEAD * 4.0) / curve.framesPerSecond;
    const double seconds = refined(coarse, sound);
    if (seconds * sound.rate >= static_cast<double>(sound.frames)) continue;
    if (!onsets.empty() && seconds - onsets.back().seconds < SMALLEST_GAP_SECONDS) continue;
    onsets.push_back({seconds, static_cast<double>(value)});
  }
  return onsets;
}

}  // namespace grym::dsp
