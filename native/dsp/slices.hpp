#pragma once
// Slices of a sound, how alike they are, and how they are laid one behind the other without clicks.
#include <array>
#include <vector>

#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

struct Slice {
  std::int64_t start = 0, length = 0;
  /** Level, noisiness, and levels of octave bands, each about 0…1. */
  std::array<double, 10> features{};
};

/** Slices between cuts that are at least `least` frames apart, with the sound's ends. */
std::vector<Slice> sliceUp(const Sound& sound, const std::vector<std::int64_t>& cuts, std::int64_t least, Control& control);

/** 0 the same … about 1 nothing alike. */
double distance(const Slice& a, const Slice& b) noexcept;

/** One piece of the result: where it comes from. `silent` takes nothing, `reversed` runs back from start + length − 1. */
struct Placement {
  std::int64_t source = 0, length = 0;
  bool reversed = false, silent = false;
};

/**
 * Lays pieces end to end; `frames` in all. Where one does not go on where the other ended, they are cross-faded before the border.
 * `circular`: the same from the last piece to the first.
 */
Sound assemble(const Sound& sound, const std::vector<Placement>& pieces, std::int64_t frames, bool circular, Control& control);

}  // namespace grym::dsp
