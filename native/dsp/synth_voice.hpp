#pragma once
// The subtractive voice of bass, lead, pluck and pad.
#include "canvas.hpp"
#include "harmony.hpp"

namespace grym::dsp {

struct VoicePlan {
  std::int64_t start;     // frames at the canvas's rate
  std::int64_t gate;      // frames until release
  double waveCycles;      // cycles per loop of the slow wave behind `motion`
};

void renderSynthNote(Canvas& canvas, const Parameters& parameters, const Note& note, const VoicePlan& plan, Random random, const Control& control);

}  // namespace grym::dsp
