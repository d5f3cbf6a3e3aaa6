#pragma once
#include "control.hpp"
#include "sound.hpp"

namespace grym::dsp {

/**
 * Other tempo and other pitch by SoundTouch (LGPL, linked dynamically). tempoRatio 2 is twice as fast; semitones −12…12.
 * The result has exactly round(frames / tempoRatio) frames, and in a loop `extra` more: a loop is stretched with its own end before
 * and its own start behind it, and the extra frames are what follows its end.
 */
Sound stretch(const Sound& sound, double tempoRatio, double semitones, bool circular, std::int64_t extra, Control& control);

}  // namespace grym::dsp
