#pragma once
#include <vector>

#include "canvas.hpp"
#include "level.hpp"
#include "parameters.hpp"
#include "rhythm.hpp"

namespace grym::dsp {

struct Rendered {
  std::vector<float> interleaved;  // stereo
  std::int64_t frames = 0;
  Level level;
  std::uint32_t events = 0;  // notes or strokes played
};

/** Moves the defaults to what a genre expects of the instrument: sound and swing, not the pattern. */
void applyGenre(Parameters& parameters, Genre genre);

/** Both channels at the output's rate with all effects, before their level is set. */
struct Mix {
  std::vector<float> left, right;
  std::uint32_t events = 0;
};
Mix mixDown(const Music& music, const Parameters& parameters, Control& control);

/** Renders a clip of exactly music.frames() frames. Throws Cancelled from a checkpoint. The same arguments give the same bits. */
Rendered render(const Music& music, const Parameters& parameters, Control& control);

}  // namespace grym::dsp
