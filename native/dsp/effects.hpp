#pragma once
// What happens to the summed voices at the output rate: crush, shelf, chorus, echo, reverberation, width.
#include <vector>

#include "canvas.hpp"
#include "parameters.hpp"
#include "rhythm.hpp"

namespace grym::dsp {

/** In place. A loop is first run around its end, silently, for as long as the tails last, so that it starts in the state it ends in. */
void applyEffects(std::vector<float>& left, std::vector<float>& right, const Parameters& parameters, const Music& music, Control& control);

}  // namespace grym::dsp
