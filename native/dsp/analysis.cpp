#include "analysis.hpp"

#include <algorithm>
#include <cmath>

#include "loudness.hpp"
#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr float SILENCE = 3.2e-5F;
/** Shorter than a spectrum's frame there is nothing but a level. */
constexpr double SHORTEST_SECONDS = 0.02, SHORTEST_PITCH_SECONDS = 0.15;
constexpr double SPAN_WITHOUT_BEATS_SECONDS = 0.5;
constexpr std::size_t MOST_CHORDS = 20000;

bool isSilent(const Sound& sound) {
  return std::all_of(sound.channels.begin(), sound.channels.end(), [](const auto& channel) {
    return std::all_of(channel.begin(), channel.end(), [](float value) { return std::fabs(value) < SILENCE; });
  });
}

/** Where chords may change: beats with the clip's ends, or every half second. */
std::vector<double> chordBorders(const std::optional<Tempo>& tempo, double seconds) {
  std::vector<double> borders{0.0};
  if (tempo && tempo->beats.size() >= 2) {
    const double least = 30.0 / tempo->bpm;
    for (const double beat : tempo->beats)
      if (beat - borders.back() >= least) borders.push_back(beat);
    // The curve shows no onset after the last one: bars go on nevertheless.
    while (seconds - borders.back() > 2.0 * least * 1.5 && borders.size() < MOST_CHORDS) borders.push_back(borders.back() + 2.0 * least);
  } else {
    for (double border = SPAN_WITHOUT_BEATS_SECONDS; border < seconds && borders.size() < MOST_CHORDS; border += SPAN_WITHOUT_BEATS_SECONDS) borders.push_back(border);
  }
  if (borders.size() > 1 && seconds - borders.back() < 0.15) borders.back() = seconds;
  else borders.push_back(seconds);
  return borders;
}

void measureLevels(const Sound& sound, Analysis& result, Control& control) {
  // A mono file is measured as the one channel that it is (EBU R 128).
  const std::vector<float> none(sound.channels.size() == 1 ? static_cast<std::size_t>(sound.frames()) : 0, 0.0F);
  const std::vector<float>& right = sound.channels.size() == 1 ? none : sound.right();
  result.loudnessLufs = integratedLoudness(sound.left(), right, sound.rate, &control);
  control.progress(0.5);
  double peak = 0.0;
  for (const auto& channel : sound.channels) peak = std::max(peak, truePeak(channel, sound.rate, false, &control));
  if (peak > 0.0) result.peakDbtp = decibelsFromGain(peak);
}

}  // namespace

Analysis analyse(const Sound& sound, Control& control) {
  control.progress(0.0);
  Analysis result;
  result.durationSeconds = sound.seconds();
  if (isSilent(sound)) return result;
  PartOf levels(control, 0.0, 0.15);
  measureLevels(sound, result, levels);
  if (sound.channels.size() == 2) result.stereoWidth = stereoWidth(sound);
  else result.stereoWidth = 0.0;
  if (result.durationSeconds < SHORTEST_SECONDS) return result;
  const MiddleSide spread = middleSideOf(sound);
  PartOf timbre(control, 0.15, 0.45);
  result.timbre = measureTimbre(spread, timbre);
  PartOf beginnings(control, 0.45, 0.75);
  const OnsetCurve curve = onsetCurve(spread, beginnings);
  result.onsets = findOnsets(curve, spread, beginnings);
  result.tempo = findTempo(curve, result.onsets, result.durationSeconds, beginnings);
  PitchCurve pitches;
  if (result.durationSeconds >= SHORTEST_PITCH_SECONDS) {
    PartOf tones(control, 0.75, 1.0);
    pitches = pitchCurve(spread, tones);
    result.key = findKey(pitches);
    result.chords = findChords(pitches, chordBorders(result.tempo, result.durationSeconds));
  }
  result.descriptors = descriptorsOf(result, curve, pitches);
  control.progress(1.0);
  return result;
}

}  // namespace grym::dsp
