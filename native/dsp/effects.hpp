#pragma once
// What happens to the summed voices at the output rate: crush, shelf, chorus, echo, reverberation, width.
#include <vector>

#include "canvas.hpp"
#include "parameters.hpp"
#include "rhythm.hpp"

namespace grym::dsp {

/** In place, one effect after the other, each around the loop so that there is no seam. */
void applyEffects(std::vector<float>& left, std::vector<float>& right, const Parameters& p, const Music& music, const Control& control);

}  // namespace grym::dsp
