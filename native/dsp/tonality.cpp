#include "tonality.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr double WINDOW_SECONDS = 0.36;
constexpr double LOWEST = 45.0, HIGHEST = 3500.0;
constexpr std::size_t MOST_PEAKS = 40;
constexpr std::array<std::string_view, 12> NAMES{"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};
/** Weights of pitch classes in major and minor pieces (Albrecht and Shanahan, "The use of large corpora to train a new type of key-finding algorithm", 2013). */
constexpr Chroma MAJOR{0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081};
constexpr Chroma MINOR{0.220, 0.006, 0.104, 0.123, 0.012, 0.103, 0.012, 0.214, 0.075, 0.014, 0.095, 0.022};
constexpr double LEAST_CONTRAST = 0.35;
/** Fewer are a tone, not a key. */
constexpr double FEWEST_PITCHES = 1.8;
/** Major and minor of the same notes fit equally well: what begins the clip, and which triad sounds most, tells them apart. */
constexpr double OPENING_WEIGHT = 0.8, OVERALL_WEIGHT = 0.1;
constexpr double STAYING = 0.12;

struct Peak {
  float pitch;  // MIDI note
  float level;
};

std::vector<Peak> peaksOf(const std::vector<float>& power, double rate, std::size_t size) {
  const double perBin = rate / static_cast<double>(size);
  const auto from = std::max<std::size_t>(2, static_cast<std::size_t>(LOWEST / perBin));
  const std::size_t to = std::min(power.size() - 2, static_cast<std::size_t>(HIGHEST / perBin));
  float loudest = 0.0F;
  for (std::size_t bin = from; bin < to; ++bin) loudest = std::max(loudest, power[bin]);
  std::vector<Peak> peaks;
  if (loudest < 1e-11F) return peaks;
  for (std::size_t bin = from; bin < to; ++bin) {
    if (power[bin] < loudest * 1e-4F || power[bin] <= power[bin - 1] || power[bin] < power[bin + 1]) continue;
    // The top of the parabola through three levels in decibels.
    const double a = std::log(static_cast<double>(power[bin - 1]) + 1e-20), b = std::log(static_cast<double>(power[bin]) + 1e-20), c = std::log(static_cast<double>(power[bin + 1]) + 1e-20);
    const double shift = 0.5 * (a - c) / (a - 2.0 * b + c);
    const double frequency = (static_cast<double>(bin) + clampTo(shift, -0.5, 0.5)) * perBin;
    peaks.push_back({static_cast<float>(69.0 + 12.0 * std::log2(frequency / 440.0)), std::sqrt(power[bin])});
  }
  if (peaks.size() > MOST_PEAKS) {
    std::nth_element(peaks.begin(), peaks.begin() + MOST_PEAKS, peaks.end(), [](const Peak& x, const Peak& y) { return x.level > y.level; });
    peaks.resize(MOST_PEAKS);
  }
  return peaks;
}

/** How far the clip is tuned from 440 Hz, in semitones, −0.5…0.5. */
double tuningOf(const std::vector<std::vector<Peak>>& frames) {
  double x = 0.0, y = 0.0;
  for (const auto& peaks : frames)
    for (const Peak& peak : peaks) {
      x += static_cast<double>(peak.level) * std::cos(2.0 * PI * static_cast<double>(peak.pitch));
      y += static_cast<double>(peak.level) * std::sin(2.0 * PI * static_cast<double>(peak.pitch));
    }
  return x == 0.0 && y == 0.0 ? 0.0 : std::atan2(y, x) / (2.0 * PI);
}

Chroma chromaOf(const std::vector<Peak>& peaks, double tuning) {
  // Semitones from a harmonic down to its fundamental, and how much of the harmonic is counted there.
  constexpr std::array<std::pair<double, double>, 3> HARMONICS{{{0.0, 1.0}, {12.0, 0.5}, {24.0, 0.15}}};
  Chroma chroma{};
  for (const Peak& peak : peaks)
    for (const auto& [down, weight] : HARMONICS) {
      const double pitch = static_cast<double>(peak.pitch) - tuning - down;
      if (pitch < 28.0) continue;
      const double nearest = std::round(pitch), off = pitch - nearest;
      const double share = std::cos(PI * off);
      chroma[static_cast<std::size_t>(static_cast<std::int64_t>(nearest) % 12)] += static_cast<double>(peak.level) * weight * share * share;
    }
  return chroma;
}

double correlation(const Chroma& a, const Chroma& b, std::size_t turn) {
  const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / 12.0, meanB = std::accumulate(b.begin(), b.end(), 0.0) / 12.0;
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < 12; ++i) {
    const double x = a[(i + turn) % 12] - meanA, y = b[i] - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

double contrastOf(const Chroma& mean) {
  double square = 0.0;
  for (const double value : mean) square += (value - 1.0 / 12.0) * (value - 1.0 / 12.0);
  return std::sqrt(square / 12.0) * 12.0;
}

/** Cosine of a span's pitch classes with root, third and fifth of each of 24 triads; minor ones from 12 on. */
std::array<double, 24> triadsOf(const Chroma& chroma) {
  std::array<double, 24> fits{};
  double energy = 0.0;
  for (const double value : chroma) energy += value * value;
  if (energy <= 0.0) return fits;
  for (std::size_t chord = 0; chord < 24; ++chord) {
    const std::size_t root = chord % 12, third = chord < 12 ? 4 : 3;
    fits[chord] = (chroma[root] + chroma[(root + third) % 12] + chroma[(root + 7) % 12]) / std::sqrt(3.0 * energy);
  }
  return fits;
}

/** How many pitch classes there are, if all were equally strong. */
double differentPitches(const Chroma& mean) {
  double square = 0.0;
  for (const double value : mean) square += value * value;
  return square > 0.0 ? 1.0 / square : 0.0;
}

/** Pitch classes of the first second and a half: pieces, and loops above all, begin on their tonic more often than elsewhere. */
Chroma openingOf(const PitchCurve& curve) {
  Chroma sum{};
  const auto count = std::min(curve.frames.size(), static_cast<std::size_t>(curve.framesPerSecond * 1.5) + 1);
  for (std::size_t frame = 0; frame < count; ++frame)
    for (std::size_t i = 0; i < 12; ++i) sum[i] += curve.frames[frame][i];
  return sum;
}

}  // namespace

PitchCurve pitchCurve(const MiddleSide& sound, Control& control) {
  const std::size_t size = transformSize(sound.rate, WINDOW_SECONDS), hop = size / 4;
  PowerSpectrum spectrum(size);
  PitchCurve curve;
  curve.framesPerSecond = sound.rate / static_cast<double>(hop);
  const auto count = static_cast<std::size_t>(sound.frames) / hop + 1;
  std::vector<float> power(spectrum.bins());
  std::vector<std::vector<Peak>> peaks;
  for (std::size_t frame = 0; frame < count; ++frame) {
    control.progress(static_cast<double>(frame) / static_cast<double>(count));
    powerAt(sound, spectrum, static_cast<std::int64_t>(frame * hop), power);
    peaks.push_back(peaksOf(power, sound.rate, size));
  }
  const double tuning = tuningOf(peaks);
  double total = 0.0;
  for (const auto& frame : peaks) {
    curve.frames.push_back(chromaOf(frame, tuning));
    const Chroma& chroma = curve.frames.back();
    // The root of the level: a loud note should not drown a progression.
    const double sum = std::accumulate(chroma.begin(), chroma.end(), 0.0), weight = sum > 0.0 ? 1.0 / std::sqrt(sum) : 0.0;
    for (std::size_t i = 0; i < 12; ++i) curve.mean[i] += chroma[i] * weight;
    total += sum * weight;
  }
  if (total > 0.0)
    for (double& value : curve.mean) value /= total;
  return curve;
}

std::optional<Key> findKey(const PitchCurve& curve) {
  const double contrast = contrastOf(curve.mean), different = differentPitches(curve.mean);
  if (contrast < LEAST_CONTRAST || different < FEWEST_PITCHES) return std::nullopt;
  const auto opening = triadsOf(openingOf(curve)), overall = triadsOf(curve.mean);
  double best = -1.0, second = -1.0, likeness = 0.0;
  std::size_t found = 0;
  for (std::size_t key = 0; key < 24; ++key) {
    const double fit = correlation(curve.mean, key < 12 ? MAJOR : MINOR, key % 12);
    const double score = fit + OPENING_WEIGHT * opening[key] + OVERALL_WEIGHT * overall[key];
    if (score > best) {
      second = best;
      best = score;
      likeness = fit;
      found = key;
    } else if (score > second) second = score;
  }
  if (likeness < 0.3) return std::nullopt;
  const double clear = clampTo((best - second) / 0.15, 0.0, 1.0), strong = clampTo((contrast - LEAST_CONTRAST) / 0.4, 0.0, 1.0);
  const double rich = clampTo((different - FEWEST_PITCHES) / 1.5, 0.0, 1.0);
  return Key{std::string(NAMES[found % 12]) + (found < 12 ? " major" : " minor"),
             clampTo((likeness - 0.3) / 0.5, 0.0, 1.0) * (0.35 + 0.65 * clear) * (0.3 + 0.7 * strong) * (0.2 + 0.8 * rich)};
}

std::vector<Chord> findChords(const PitchCurve& curve, const std::vector<double>& borders) {
  std::vector<Chroma> spans;
  std::vector<double> levels;
  double loudest = 0.0;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    Chroma sum{};
    const double inset = std::min(0.08, (borders[i + 1] - borders[i]) * 0.2);
    const auto last = static_cast<std::int64_t>(curve.frames.size()) - 1;
    const auto from = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil((borders[i] + inset) * curve.framesPerSecond)), 0, last);
    const auto to = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor((borders[i + 1] - inset) * curve.framesPerSecond)), from, last);
    for (std::int64_t frame = from; frame <= to; ++frame)
      for (std::size_t k = 0; k < 12; ++k) sum[k] += curve.frames[static_cast<std::size_t>(frame)][k] / static_cast<double>(to - from + 1);
    levels.push_back(std::accumulate(sum.begin(), sum.end(), 0.0));
    loudest = std::max(loudest, levels.back());
    spans.push_back(sum);
  }
  // Viterbi over 24 triads and none: changing costs STAYING.
  constexpr std::size_t STATES = 25, NONE = 24;
  std::vector<std::array<double, STATES>> fits;
  std::vector<std::array<std::size_t, STATES>> before;
  std::array<double, STATES> score{};
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto triads = triadsOf(spans[i]);
    std::array<double, STATES> fit{};
    std::copy(triads.begin(), triads.end(), fit.begin());
    fit[NONE] = levels[i] < loudest * 0.02 ? 1.0 : 0.62;
    const std::size_t best = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
    std::array<std::size_t, STATES> from{};
    std::array<double, STATES> next{};
    for (std::size_t state = 0; state < STATES; ++state) {
      const bool stay = score[state] >= score[best] - STAYING;
      from[state] = stay ? state : best;
      next[state] = (stay ? score[state] : score[best] - STAYING) + fit[state];
    }
    score = next;
    fits.push_back(fit);
    before.push_back(from);
  }
  std::vector<Chord> chords(spans.size());
  auto state = static_cast<std::size_t>(std::max_element(score.begin(), score.end()) - score.begin());
  for (std::size_t i = spans.size(); i-- > 0;) {
    double second = 0.0;
    for (std::size_t other = 0; other < STATES; ++other)
      if (other != state) second = std::max(second, fits[i][other]);
    const double clear = clampTo((fits[i][state] - second) / 0.2 + 0.3, 0.0, 1.0);
    const std::string name = state == NONE ? "N" : std::string(NAMES[state % 12]) + (state < 12 ? "" : "m");
    chords[i] = {borders[i], borders[i + 1], name, clampTo((fits[i][state] - 0.5) / 0.4, 0.0, 1.0) * clear};
    state = before[i][state];
  }
  return chords;
}

}  // namespace grym::dsp
