#include "fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "level.hpp"
#include "loop_seam.hpp"
#include "loudness.hpp"
#include "maths.hpp"
#include "stretch.hpp"

namespace grym::dsp {
namespace {

constexpr double CUT_FADE_SECONDS = 0.008, CLICK_FADE_SECONDS = 0.003;
constexpr double LONGEST_OVERLAP_SECONDS = 0.05;
/** How much of what follows its end a stretched loop is cross-faded over. */
constexpr double FOLLOWING_SECONDS = 0.03;
/** Without a length to keep to, a loop may close this much before its end. */
constexpr double SEARCHED_SHARE = 0.25;
/** A step at the seam that stands out this much of its surroundings clicks. */
constexpr double CLICK = 3.0;
/** More than this from the limiter is heard; the clip stays quieter instead. */
constexpr double MOST_REDUCTION_DB = 6.0;

std::string fixed(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string milliseconds(std::int64_t frames, double rate) { return fixed(static_cast<double>(frames) * 1000.0 / rate, 1) + " ms"; }

void mendSeam(Sound& sound, std::vector<std::string>& changes) {
  if (seamStep(sound) < CLICK) return;
  const auto frames = static_cast<std::int64_t>(CLICK_FADE_SECONDS * sound.rate);
  fade(sound, frames, frames);
  changes.push_back("Nothing follows the end that could be cross-faded into the start: both were faded over " + milliseconds(frames, sound.rate) + ", so that the seam does not click.");
}

void closeAt(Sound& sound, std::int64_t length, std::vector<std::string>& changes) {
  const std::int64_t surplus = sound.frames() - length;
  const std::int64_t overlap = std::min({surplus, length / 4, static_cast<std::int64_t>(LONGEST_OVERLAP_SECONDS * sound.rate)});
  // What is as good as at its length already is a loop or is not: a few frames too many are no material.
  if (overlap < static_cast<std::int64_t>(0.001 * sound.rate)) {
    for (auto& channel : sound.channels) channel.resize(static_cast<std::size_t>(length));
    return mendSeam(sound, changes);
  }
  closeLoop(sound, length, overlap);
  changes.push_back("The loop closes at " + fixed(static_cast<double>(length) / sound.rate, 3) + " s, cross-faded over " + milliseconds(overlap, sound.rate) + ".");
}

/** `length`: of the stretched loop, behind which lies what follows its end; 0 where it was not stretched. */
void makeLoop(Sound& sound, std::int64_t target, std::int64_t length, std::vector<std::string>& changes, Control& control) {
  const std::int64_t frames = sound.frames();
  if (target > 0 && frames >= target) return closeAt(sound, target, changes);
  if (length > 0) return closeAt(sound, length, changes);
  if (target > 0) return;
  // A loop that closes well as it is keeps its length: it is somebody's bars.
  if (seamStep(sound) < CLICK) return;
  const std::int64_t overlap = std::min(frames / 8, static_cast<std::int64_t>(LONGEST_OVERLAP_SECONDS * sound.rate));
  if (overlap < 16) return mendSeam(sound, changes);
  const auto least = static_cast<std::int64_t>(static_cast<double>(frames) * (1.0 - SEARCHED_SHARE));
  closeAt(sound, bestLoopLength(sound, std::min(least, frames - overlap), frames - overlap, overlap, control), changes);
}

void setLength(Sound& sound, std::int64_t target, bool loop, std::vector<std::string>& changes) {
  const std::int64_t frames = sound.frames();
  if (target == 0 || frames == target) return;
  const auto tail = static_cast<std::int64_t>(CUT_FADE_SECONDS * sound.rate);
  if (frames > target) {
    const bool rounding = frames - target <= 2;
    for (auto& channel : sound.channels) channel.resize(static_cast<std::size_t>(target));
    if (rounding) return;
    fade(sound, 0, std::min(tail, target / 4));
    changes.push_back("Cut from " + std::to_string(frames) + " to " + std::to_string(target) + " frames and faded out over " + milliseconds(std::min(tail, target / 4), sound.rate) + ".");
    return;
  }
  if (target - frames > 2) {
    fade(sound, 0, std::min(tail, frames / 4));
    changes.push_back("Padded with silence from " + std::to_string(frames) + " to " + std::to_string(target) + " frames" + (loop ? ", since a loop cannot be made longer than its material." : "."));
    for (auto& channel : sound.channels) channel.resize(static_cast<std::size_t>(target), 0.0F);
  } else {
    // Off by the rounding of the stretch: the last frame is held.
    for (auto& channel : sound.channels) channel.resize(static_cast<std::size_t>(target), channel.back());
  }
}

/** Loudness and peak of one or two channels; the limiter and the meters work on two. */
class Leveller {
 public:
  Leveller(Sound& sound, bool circular, Control& control)
      : sound_(sound), circular_(circular), control_(control), none_(sound.channels.size() == 1 ? sound.channels.front().size() : 0, 0.0F) {}

  std::optional<double> loudness() const { return integratedLoudness(left(), right(), sound_.rate, &control_); }
  double peak() const {
    double highest = 0.0;
    for (const auto& channel : sound_.channels) highest = std::max(highest, truePeak(channel, sound_.rate, circular_, &control_));
    return highest;
  }
  void scale(double gain) {
    for (auto& channel : sound_.channels)
      for (float& value : channel) value = static_cast<float>(static_cast<double>(value) * gain);
  }
  void limit(double threshold) {
    limitPeaks(sound_.channels.front(), sound_.channels.size() == 1 ? none_ : sound_.channels.back(), sound_.rate, circular_, threshold);
  }

 private:
  const std::vector<float>& left() const { return sound_.channels.front(); }
  const std::vector<float>& right() const { return sound_.channels.size() == 1 ? none_ : sound_.channels.back(); }

  Sound& sound_;
  bool circular_;
  Control& control_;
  std::vector<float> none_;
};

/** Up or down to the wanted loudness; what would stand above the ceiling is limited by at most MOST_REDUCTION_DB. Says whether more was asked for. */
bool reachLoudness(Leveller& leveller, double target, double ceiling) {
  bool held = false;
  double reduction = 0.0;
  // The limiter takes loudness too: twice more is made up for.
  for (int round = 0; round < 3; ++round) {
    const auto measured = leveller.loudness();
    if (!measured) return false;
    double gain = target - *measured;
    const double over = decibelsFromGain(leveller.peak()) + gain - decibelsFromGain(ceiling);
    if (over > MOST_REDUCTION_DB - reduction) {
      held = true;
      gain -= over - std::max(0.0, MOST_REDUCTION_DB - reduction);
    }
    if (round > 0 && (gain < 0.05 || held)) return held;
    leveller.scale(gainFromDecibels(gain));
    const double left = decibelsFromGain(leveller.peak() / ceiling);
    if (left <= 0.0) return held;
    reduction += left;
    leveller.limit(ceiling * 0.995);
  }
  return held;
}

void setLevel(Fitted& result, const FitPlan& plan, Control& control) {
  Leveller leveller(result.sound, plan.seamlessLoop, control);
  const auto before = leveller.loudness();
  const double ceiling = gainFromDecibels(plan.ceilingDbtp);
  bool held = false;
  if (plan.targetLoudnessLufs && before) {
    held = reachLoudness(leveller, *plan.targetLoudnessLufs, ceiling);
  } else if (plan.targetLoudnessLufs) {
    result.changes.push_back("It is too short or too quiet to have a loudness, so that was left as it is.");
  }
  control.progress(0.5);
  double peak = leveller.peak();
  if (peak > ceiling) {
    // The last bit of rounding must not stand above the ceiling either.
    const double gain = ceiling / peak * 0.9999;
    leveller.scale(gain);
    if (!plan.targetLoudnessLufs) result.changes.push_back("Turned down by " + fixed(-decibelsFromGain(gain), 1) + " dB, so that no peak stands above " + fixed(plan.ceilingDbtp, 1) + " dBTP.");
    peak = leveller.peak();
  }
  result.loudnessLufs = leveller.loudness();
  if (peak > 0.0) result.peakDbtp = decibelsFromGain(peak);
  if (before && result.loudnessLufs && plan.targetLoudnessLufs) {
    std::string text = "Loudness from " + fixed(*before, 1) + " to " + fixed(*result.loudnessLufs, 1) + " LUFS";
    if (held) text += "; " + fixed(*plan.targetLoudnessLufs, 1) + " LUFS would need more than " + fixed(MOST_REDUCTION_DB, 0) + " dB of limiting below " + fixed(plan.ceilingDbtp, 1) + " dBTP";
    result.changes.push_back(text + ".");
  }
}

}  // namespace

Fitted fit(Sound sound, const FitPlan& plan, Control& control) {
  control.progress(0.0);
  Fitted result;
  std::int64_t stretchedFrames = 0;
  if (plan.tempoRatio != 1.0 || plan.semitones != 0.0) {
    PartOf part(control, 0.0, 0.6);
    const std::int64_t extra = plan.seamlessLoop ? static_cast<std::int64_t>(FOLLOWING_SECONDS * sound.rate) : 0;
    sound = stretch(sound, plan.tempoRatio, plan.semitones, plan.seamlessLoop, extra, part);
    stretchedFrames = sound.frames() - extra;
    if (plan.tempoRatio != 1.0) result.changes.push_back("Played at " + fixed(plan.tempoRatio * 100.0, 2) + " % of its speed, at its pitch.");
    if (plan.semitones != 0.0) result.changes.push_back("Transposed by " + fixed(plan.semitones, plan.semitones == std::round(plan.semitones) ? 0 : 2) + (std::fabs(plan.semitones) == 1.0 ? " semitone." : " semitones."));
  }
  if (plan.seamlessLoop) makeLoop(sound, plan.targetFrames, stretchedFrames, result.changes, control);
  setLength(sound, plan.targetFrames, plan.seamlessLoop, result.changes);
  if (plan.seamlessLoop) mendSeam(sound, result.changes);
  result.sound = std::move(sound);
  PartOf levels(control, 0.6, 1.0);
  setLevel(result, plan, levels);
  control.progress(1.0);
  return result;
}

}  // namespace grym::dsp
