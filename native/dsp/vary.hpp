#pragma once
// Concatenative variation: the sound is cut, and its slices are put together in another way. The same sound, plan and seed give the
// same bits on every machine (README.md): decisions come from our own random numbers and from measures in basic arithmetic.
#include <cstdint>
#include <string>
#include <vector>

#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

struct VariationPlan {
  std::uint64_t seed = 0;
  double strength = 0.5;
  /** Frames, ascending, inside of the sound. */
  std::vector<std::int64_t> cuts;
  std::int64_t targetFrames = 0;
  bool continuation = false;
};

struct Varied {
  Sound sound;
  std::vector<std::string> changes;
};

Varied vary(const Sound& sound, const VariationPlan& plan, Control& control);

}  // namespace grym::dsp
