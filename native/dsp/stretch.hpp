#pragma once
#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

/**
 * Other tempo and other pitch by SoundTouch (LGPL, linked dynamically). tempoRatio 2 is twice as fast; semitones −12…12.
 * The result has exactly round(frames / tempoRatio) frames. `circular`: the sound is a loop, and is stretched with its own end
 * before and its own start behind it, so that it stays one.
 */
Sound stretch(const Sound& sound, double tempoRatio, double semitones, bool circular, Control& control);

}  // namespace grym::dsp
