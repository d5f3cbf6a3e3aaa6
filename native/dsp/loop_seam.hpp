#pragma once
// Where a loop closes. Its end must run into its start without a click, and better: without a change.
#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

/** Equal-power weights of a cross-fade at 0…1 for signals of this correlation (−1…1): equal gain for the same, cosine for unrelated ones. */
struct CrossFade {
  double out, in;
};
CrossFade crossFadeAt(double place, double correlation) noexcept;

/** Linear fades at the start and the end, in place. */
void fade(Sound& sound, std::int64_t startFrames, std::int64_t endFrames);

/** Height of the step from the last frame to the first against the steps usual around it; below about 4 it is not heard. */
double seamStep(const Sound& sound);

/** The length, of those in `least`…`most` frames, after which the sound resembles its own start best over `overlap` frames. */
std::int64_t bestLoopLength(const Sound& sound, std::int64_t least, std::int64_t most, std::int64_t overlap, Control& control);

/** Cuts to `length` frames and cross-fades what follows them into the start. Needs length + overlap frames. */
void closeLoop(Sound& sound, std::int64_t length, std::int64_t overlap);

}  // namespace grym::dsp
