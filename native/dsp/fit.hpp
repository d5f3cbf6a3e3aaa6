#pragma once
// A clip made to fit: tempo, pitch, length, loop, loudness, in this order.
#include <optional>
#include <string>
#include <vector>

#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

struct FitPlan {
  double tempoRatio = 1.0;  // 2: twice as fast
  double semitones = 0.0;
  std::int64_t targetFrames = 0;  // 0: as it comes out
  std::optional<double> targetLoudnessLufs;
  double ceilingDbtp = -1.0;
  bool seamlessLoop = false;
};

struct Fitted {
  Sound sound;
  std::optional<double> loudnessLufs, peakDbtp;
  /** What was done, one sentence each. */
  std::vector<std::string> changes;
};

Fitted fit(Sound sound, const FitPlan& plan, Control& control);

}  // namespace grym::dsp
