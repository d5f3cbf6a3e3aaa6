#pragma once
// Keys (frequency modulation) and texture (drone, noise bands, grains).
#include "canvas.hpp"
#include "harmony.hpp"

namespace grym::dsp {

void renderKeysNote(Canvas& canvas, const Parameters& parameters, const Note& note, std::int64_t start, std::int64_t gate, double tremoloCycles, Random random, const Control& control);

/** Fills the whole canvas. */
void renderTexture(Canvas& canvas, const Parameters& parameters, const Music& music, Control& control);

}  // namespace grym::dsp
