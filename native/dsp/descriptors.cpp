// The vector that clips are compared by. Its order and scales are part of stored embeddings: a change is a new version of the space.
#include <algorithm>
#include <cmath>

#include "analysis.hpp"
#include "maths.hpp"

namespace grym::dsp {
namespace {

double bounded(double value) { return clampTo(value, -1.5, 1.5); }

}  // namespace

/**
 * 0–13 level of each band (−60 dB = −1, the loudest = 1), 14–27 its deviation over time (0 dB = −1, 20 dB = 1), 28–39 pitch classes
 * (even = 0, one alone = 1), 40 brightness (1.5 kHz = 0, three octaves = 1), 41 flatness, 42 harmonic share, 43 width,
 * 44 onsets per second (4 = 0, four octaves = 1), 45 tempo (120 BPM = 0, an octave = 1), 46 evenness of onsets, 47 crest (12 dB = 0, 12 more = 1).
 */
std::vector<double> descriptorsOf(const Analysis& analysis, const OnsetCurve& curve, const PitchCurve& pitches) {
  std::vector<double> values;
  if (!analysis.timbre) return values;
  const Timbre& timbre = *analysis.timbre;
  for (const double decibels : timbre.bandDecibels) values.push_back(bounded(decibels / 30.0 + 1.0));
  for (const double deviation : timbre.bandDeviation) values.push_back(bounded(deviation / 10.0 - 1.0));
  const bool pitched = analysis.key.has_value();
  for (const double share : pitches.mean) values.push_back(pitched ? bounded((share - 1.0 / 12.0) * 12.0 / 11.0 * 3.0) : 0.0);
  values.push_back(bounded(log2Of(std::max(20.0, timbre.brightnessHz) / 1500.0) / 3.0));
  values.push_back(timbre.flatness * 2.0 - 1.0);
  values.push_back(timbre.harmonicShare * 2.0 - 1.0);
  values.push_back(analysis.stereoWidth.value_or(0.0) * 2.0 - 1.0);
  const double rate = static_cast<double>(analysis.onsets.size()) / analysis.durationSeconds;
  values.push_back(bounded(log2Of(std::max(0.25, rate) / 4.0) / 4.0));
  values.push_back(analysis.tempo ? bounded(log2Of(analysis.tempo->bpm / 120.0)) : 0.0);
  double sum = 0.0, square = 0.0;
  for (const float strength : curve.strength) {
    sum += static_cast<double>(strength);
    square += static_cast<double>(strength) * static_cast<double>(strength);
  }
  const auto count = static_cast<double>(std::max<std::size_t>(1, curve.strength.size()));
  const double mean = sum / count, deviation = std::sqrt(std::max(0.0, square / count - mean * mean));
  values.push_back(mean > 0.0 ? bounded(1.0 - deviation / mean / 2.0) : 0.0);
  const double crest = analysis.loudnessLufs && analysis.peakDbtp ? *analysis.peakDbtp - *analysis.loudnessLufs : 12.0;
  values.push_back(bounded((crest - 12.0) / 12.0));
  return values;
}

}  // namespace grym::dsp
