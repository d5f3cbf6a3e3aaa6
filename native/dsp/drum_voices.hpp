#pragma once
// One function per drum: it renders a single hit. `random` belongs to the hit; `timbre` is its humanised deviation, −1…1.
#include "canvas.hpp"
#include "parameters.hpp"
#include "random.hpp"

namespace grym::dsp {

struct Stroke {
  std::int64_t start;       // frame at the canvas's rate
  double velocity;          // 0…1
  double timbre;            // −1…1
  double gain = 1.0;
  double pan = 0.0;         // −1…1
  double chokeSeconds = 1e9;  // cut short after this time (a closed hat silences an open one)
};

void renderKick(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, Random random, const Control& control);
void renderSnare(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, Random random, const Control& control);
void renderClap(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, Random random, const Control& control);
void renderHat(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, bool open, Random random, const Control& control);
/** voice 0…2: low, middle, high. */
void renderPercussion(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, int voice, Random random, const Control& control);
void renderShaker(Canvas& canvas, const Parameters& parameters, const Stroke& stroke, Random random, const Control& control);

}  // namespace grym::dsp
