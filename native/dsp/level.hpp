#pragma once
// The last stage: gain to the level that a clip should have, and no more than 3 dB of limiting.
#include <optional>
#include <vector>

#include "canvas.hpp"

namespace grym::dsp {

inline constexpr double TONAL_LUFS = -18.0;
inline constexpr double DRUM_PEAK_DBTP = -6.0;
inline constexpr double CEILING_DBTP = -1.0;
inline constexpr double MOST_LIMITING_DB = 3.0;

struct Level {
  std::optional<double> loudnessLufs;
  double peakDbtp = -1000.0;
  bool rounded = false;     // peaks were rounded before the limiter, because too short and too high for it
  double limitedDb = 0.0;   // the most that the limiter took away anywhere
};

/** Look-ahead limiter, in place: the least gain needed within 1.5 ms, smoothed over the same span, so that it is never exceeded and never clicks. */
void limitPeaks(std::vector<float>& left, std::vector<float>& right, double rate, bool circular, double threshold);

/** In place. Tonal sounds go to TONAL_LUFS (quieter where that would need more limiting than allowed), drums to DRUM_PEAK_DBTP. */
Level levelOut(std::vector<float>& left, std::vector<float>& right, double rate, bool tonal, bool circular, const Control& control);

}  // namespace grym::dsp
