#pragma once
// Where sounds begin: spectral flux over bands of pitch with a maximum filter (after Böck and Widmer, "Maximum filter vibrato
// suppression for onset detection", DAFx 2013), an adaptive threshold, and the exact place from the signal itself.
#include <vector>

#include "control.hpp"
#include "spectrum.hpp"

namespace grym::dsp {

struct OnsetCurve {
  /** How much begins at each frame of the curve; the frame's number / framesPerSecond is its time. */
  std::vector<float> strength;
  double framesPerSecond = 0.0;
};
OnsetCurve onsetCurve(const MiddleSide& sound, Control& control);

struct Onset {
  double seconds;
  double strength;
};
std::vector<Onset> findOnsets(const OnsetCurve& curve, const MiddleSide& sound, Control& control);

}  // namespace grym::dsp
