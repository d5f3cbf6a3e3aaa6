#pragma once
#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <span>

struct MeterReading { double lufs, peakDbtp; };

/** What libebur128 says of interleaved stereo; a loop is measured as it is heard, several times around. */
inline MeterReading meterReading(std::span<const float> interleaved, double rate, bool loop) {
  const auto frames = interleaved.size() / 2;
  ebur128_state* once = ebur128_init(2, static_cast<unsigned long>(rate), EBUR128_MODE_I);
  ebur128_add_frames_float(once, interleaved.data(), frames);
  double lufs = 0.0;
  ebur128_loudness_global(once, &lufs);
  ebur128_destroy(&once);
  ebur128_state* around = ebur128_init(2, static_cast<unsigned long>(rate), EBUR128_MODE_TRUE_PEAK);
  for (int cycle = 0; cycle < (loop ? 2 : 1); ++cycle) ebur128_add_frames_float(around, interleaved.data(), frames);
  double highest = 0.0;
  for (unsigned channel = 0; channel < 2; ++channel) {
    double peak = 0.0;
    ebur128_true_peak(around, channel, &peak);
    highest = std::max(highest, peak);
  }
  ebur128_destroy(&around);
  return {lufs, 20.0 * std::log10(highest)};
}
