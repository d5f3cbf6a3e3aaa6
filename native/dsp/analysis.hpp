#pragma once
// Everything that measurement says of a clip, by the parts beside this file.
#include <optional>
#include <vector>

#include "tempo.hpp"
#include "timbre.hpp"
#include "tonality.hpp"

namespace grym::dsp {

struct Analysis {
  double durationSeconds = 0.0;
  std::optional<Tempo> tempo;
  std::vector<Onset> onsets;
  std::optional<Key> key;
  std::vector<Chord> chords;
  std::optional<double> loudnessLufs, peakDbtp, stereoWidth;
  std::optional<Timbre> timbre;
  /** 48 values of about ±1, or none for silence: their places are in descriptors.cpp. */
  std::vector<double> descriptors;
};

/** Throws Cancelled. Below −90 dBFS it is silence, of which nothing but the duration is measured. */
Analysis analyse(const Sound& sound, Control& control);

std::vector<double> descriptorsOf(const Analysis& analysis, const OnsetCurve& curve, const PitchCurve& pitches);

}  // namespace grym::dsp
