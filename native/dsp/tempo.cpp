#include "tempo.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr double SLOWEST = 48.0, FASTEST = 220.0;
/** Where listeners tap (Moelants 2002), in BPM, and how far around it, in octaves. */
constexpr double USUAL = 120.0, SPREAD = 0.8;
constexpr double LEAST_CONFIDENCE = 0.08;
/** How much a beat's place in time counts against what sounds there: Ellis' alpha. */
constexpr double TIGHTNESS = 300.0;

/** What stands out of its surroundings, widened to ±2 frames, so that strokes a little off the grid still meet. */
std::vector<float> pulseOf(const OnsetCurve& curve) {
  const auto count = static_cast<std::int64_t>(curve.strength.size());
  const auto reach = static_cast<std::int64_t>(curve.framesPerSecond * 0.4);
  std::vector<double> sums(static_cast<std::size_t>(count) + 1, 0.0);
  for (std::int64_t i = 0; i < count; ++i) sums[static_cast<std::size_t>(i + 1)] = sums[static_cast<std::size_t>(i)] + static_cast<double>(curve.strength[static_cast<std::size_t>(i)]);
  std::vector<float> sharp(static_cast<std::size_t>(count)), pulse(static_cast<std::size_t>(count), 0.0F);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t from = std::max<std::int64_t>(0, i - reach), to = std::min(count, i + reach + 1);
    const double mean = (sums[static_cast<std::size_t>(to)] - sums[static_cast<std::size_t>(from)]) / static_cast<double>(to - from);
    sharp[static_cast<std::size_t>(i)] = static_cast<float>(std::max(0.0, static_cast<double>(curve.strength[static_cast<std::size_t>(i)]) - mean));
  }
  constexpr std::array<float, 5> KERNEL{0.15F, 0.6F, 1.0F, 0.6F, 0.15F};
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t k = -2; k <= 2; ++k)
      if (i + k >= 0 && i + k < count) pulse[static_cast<std::size_t>(i)] += sharp[static_cast<std::size_t>(i + k)] * KERNEL[static_cast<std::size_t>(k + 2)];
  return pulse;
}

struct Candidate {
  double bpm = 0.0, agreement = 0.0, score = 0.0;
};

/** How well the curve agrees with itself when it is moved. */
class Agreement {
 public:
  explicit Agreement(std::vector<float> correlation) : correlation_(std::move(correlation)) {}

  double at(double lag) const {
    const auto index = static_cast<std::size_t>(lag);
    if (index + 1 >= correlation_.size() || correlation_[0] <= 0.0F) return 0.0;
    const double part = lag - static_cast<double>(index);
    return std::max(0.0, mix(static_cast<double>(correlation_[index]), static_cast<double>(correlation_[index + 1]), part) / static_cast<double>(correlation_[0]));
  }
  bool reaches(double lag) const { return lag + 1.0 < static_cast<double>(correlation_.size()); }

  /** By one, two, three and four beats; four are a bar more often than three. */
  double comb(double lag) const {
    constexpr std::array<double, 4> WEIGHTS{1.0, 0.8, 0.3, 1.0};
    double sum = 0.0, weight = 0.0;
    for (std::size_t k = 0; k < WEIGHTS.size(); ++k) {
      const double there = lag * static_cast<double>(k + 1);
      if (!reaches(there)) break;
      sum += WEIGHTS[k] * at(there);
      weight += WEIGHTS[k];
    }
    return weight > 0.0 ? sum / weight : 0.0;
  }

 private:
  std::vector<float> correlation_;
};

/** Loops and captures are cut at bars: a tempo at which the clip is whole bars of four is likelier than its neighbours. */
double wholeBars(double bpm, double seconds) {
  const double beats = seconds * bpm / 60.0;
  if (beats < 3.5 || beats > 130.0) return 1.0;
  return std::fabs(beats - 4.0 * std::round(beats / 4.0)) < std::max(0.03, beats * 0.002) ? 1.25 : 1.0;
}

Candidate bestTempo(const Agreement& agreement, double framesPerSecond, double seconds) {
  Candidate best;
  for (double bpm = SLOWEST; bpm <= FASTEST; bpm *= 1.0025) {
    const double lag = 60.0 * framesPerSecond / bpm;
    const double comb = agreement.comb(lag);
    const double octaves = log2Of(bpm / USUAL) / SPREAD;
    const double half = agreement.at(lag * 0.5), whole = std::max(1e-9, agreement.at(lag)), twice = agreement.at(lag * 2.0);
    const double quarter = agreement.at(lag * 0.25), third = agreement.at(lag / 3.0);
    // Twice the period of a pulse agrees as well as the pulse itself: where half the lag agrees nearly as much, that is the beat,
    // unless the pulse goes on halving: then those are subdivisions.
    const double single = 1.0 - clampTo((quarter / whole - 0.5) / 0.3, 0.0, 1.0);
    const double doubled = bpm * 2.0 <= FASTEST ? clampTo((half / whole - 0.8) / 0.2, 0.0, 1.0) * single : 0.0;
    // Three of four subdivisions agree as well as four; of metres in two and three, two is the usual one.
    const double ternary = clampTo((third / whole - 0.6) / 0.3, 0.0, 1.0) * (1.0 - clampTo(half / whole / 0.5, 0.0, 1.0));
    // And half the period agrees with every second beat: where one lag agrees far less than two, two are the beat.
    const double halved = agreement.reaches(lag * 2.0) ? clampTo(1.0 - whole / std::max(1e-9, twice * 0.4), 0.0, 1.0) : 0.0;
    const double score = comb * expOf(-0.5 * octaves * octaves) * (1.0 - 0.3 * doubled) * (1.0 - 0.25 * ternary) * (1.0 - 0.6 * halved) * wholeBars(bpm, seconds);
    if (score > best.score) best = {bpm, comb, score};
  }
  return best;
}

/** Frames of the curve at which beats fall, for a period in frames. */
std::vector<std::int64_t> trackBeats(const std::vector<float>& pulse, double period, Control& control) {
  const auto count = static_cast<std::int64_t>(pulse.size());
  double mean = 0.0, square = 0.0;
  for (const float value : pulse) {
    mean += static_cast<double>(value) / static_cast<double>(count);
    square += static_cast<double>(value) * static_cast<double>(value) / static_cast<double>(count);
  }
  const double deviation = std::sqrt(std::max(1e-12, square - mean * mean));
  const auto nearest = static_cast<std::int64_t>(period * 0.6), farthest = static_cast<std::int64_t>(period * 1.6) + 1;
  std::vector<double> costs;
  for (std::int64_t back = nearest; back <= farthest; ++back) {
    const double octaves = log2Of(static_cast<double>(std::max<std::int64_t>(1, back)) / period) * LN2;
    costs.push_back(-TIGHTNESS * octaves * octaves);
  }
  std::vector<double> total(static_cast<std::size_t>(count));
  std::vector<std::int64_t> before(static_cast<std::size_t>(count), -1);
  for (std::int64_t i = 0; i < count; ++i) {
    if ((i & 1023) == 0) control.checkpoint();
    double best = 0.0;
    for (std::int64_t back = nearest; back <= farthest && back <= i; ++back) {
      const double value = total[static_cast<std::size_t>(i - back)] + costs[static_cast<std::size_t>(back - nearest)];
      if (value > best) {
        best = value;
        before[static_cast<std::size_t>(i)] = i - back;
      }
    }
    total[static_cast<std::size_t>(i)] = best + static_cast<double>(pulse[static_cast<std::size_t>(i)]) / deviation;
  }
  std::int64_t last = std::max<std::int64_t>(0, count - static_cast<std::int64_t>(period));
  for (std::int64_t i = last; i < count; ++i)
    if (total[static_cast<std::size_t>(i)] > total[static_cast<std::size_t>(last)]) last = i;
  std::vector<std::int64_t> beats;
  for (std::int64_t i = last; i >= 0; i = before[static_cast<std::size_t>(i)]) beats.push_back(i);
  std::reverse(beats.begin(), beats.end());
  return beats;
}

/** Beats are moved to the onset they mean, where one is near. */
std::vector<double> snapped(const std::vector<std::int64_t>& frames, const std::vector<Onset>& onsets, double framesPerSecond, double seconds) {
  std::vector<double> beats;
  for (const std::int64_t frame : frames) {
    double beat = (static_cast<double>(frame) + 1.0) / framesPerSecond, nearest = 0.03;
    const auto from = std::lower_bound(onsets.begin(), onsets.end(), beat - nearest, [](const Onset& onset, double time) { return onset.seconds < time; });
    const double coarse = beat;
    for (auto onset = from; onset != onsets.end() && onset->seconds <= coarse + 0.03; ++onset)
      if (std::fabs(onset->seconds - coarse) < nearest) {
        nearest = std::fabs(onset->seconds - coarse);
        beat = onset->seconds;
      }
    if (beat < seconds && (beats.empty() || beat > beats.back() + 0.1)) beats.push_back(beat);
  }
  return beats;
}

/** The period from a straight line through the beats: finer than the curve's frames. What lies off the line is left out once. */
double fittedPeriod(const std::vector<double>& beats, double coarse) {
  if (beats.size() < 4) return coarse;
  std::vector<std::pair<double, double>> points;
  double number = 0.0;
  for (std::size_t i = 0; i < beats.size(); ++i) {
    if (i > 0) number += std::max(1.0, std::round((beats[i] - beats[i - 1]) / coarse));
    points.emplace_back(number, beats[i]);
  }
  double period = coarse;
  for (int round = 0; round < 3; ++round) {
    double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (const auto& [a, b] : points) { n += 1.0; x += a; y += b; xx += a * a; xy += a * b; }
    const double slope = (n * xy - x * y) / (n * xx - x * x), start = (y - slope * x) / n;
    if (!(slope > coarse * 0.96 && slope < coarse * 1.04)) return period;
    period = slope;
    const double allowed = round == 0 ? 0.03 : 0.015;
    auto kept = points;
    std::erase_if(kept, [&](const auto& point) { return std::fabs(point.second - start - slope * point.first) > allowed; });
    if (kept.size() < 4 || kept.size() * 2 < beats.size()) break;
    points = kept;
  }
  return period;
}

}  // namespace

std::optional<Tempo> findTempo(const OnsetCurve& curve, const std::vector<Onset>& onsets, double seconds, Control& control) {
  if (onsets.size() < 4 || seconds < 1.2) return std::nullopt;
  const std::vector<float> pulse = pulseOf(curve);
  // Beyond 5 s four beats of the slowest tempo have passed; beyond 0.8 of the clip too little is left to compare.
  const auto lags = static_cast<std::size_t>(std::min(5.2, seconds * 0.8) * curve.framesPerSecond);
  const Agreement agreement(autocorrelation(pulse, lags));
  control.checkpoint();
  const Candidate best = bestTempo(agreement, curve.framesPerSecond, seconds);
  const double confidence = clampTo((best.agreement - 0.05) / 0.55, 0.0, 1.0);
  if (confidence < LEAST_CONFIDENCE) return std::nullopt;
  const double period = 60.0 * curve.framesPerSecond / best.bpm;
  Tempo tempo{best.bpm, confidence, snapped(trackBeats(pulse, period, control), onsets, curve.framesPerSecond, seconds)};
  tempo.bpm = 60.0 / fittedPeriod(tempo.beats, 60.0 / best.bpm);
  return tempo;
}

}  // namespace grym::dsp
