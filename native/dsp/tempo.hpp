#pragma once
// Tempo from the autocorrelation of the onset curve, beats by dynamic programming (Ellis, "Beat tracking by dynamic programming",
// Journal of New Music Research, 2007).
#include <optional>
#include <vector>

#include "onsets.hpp"

namespace grym::dsp {

struct Tempo {
  double bpm;
  double confidence;
  /** Seconds, ascending. */
  std::vector<double> beats;
};

/** Nothing where no pulse stands out, or where there are fewer than four onsets. */
std::optional<Tempo> findTempo(const OnsetCurve& curve, const std::vector<Onset>& onsets, double seconds, Control& control);

}  // namespace grym::dsp
