#pragma once
// Loudness and true peak after ITU-R BS.1770-4 / EBU R 128, in arithmetic that is the same on every machine (libebur128 calls
// libm, and the level decides every sample of a clip). Tests hold it against libebur128.
#include <optional>
#include <span>

#include "control.hpp"

namespace grym::dsp {

/** Integrated loudness of stereo in LUFS; nothing where no 400 ms block passes the gates. `control` may end the work early. */
std::optional<double> integratedLoudness(std::span<const float> left, std::span<const float> right, double rate, const Control* control = nullptr);

/** Highest absolute value of the signal oversampled four times (twice from 96 kHz, not from 192 kHz on). In a loop, also across the seam. */
double truePeak(std::span<const float> channel, double rate, bool circular, const Control* control = nullptr);

/**
 * The same per frame: the highest of the frame and of what follows it up to the next. Where that cannot exceed `floor`, the
 * points between the frames are not computed (most of a clip lies far below its peak).
 */
void truePeaks(std::span<const float> channel, double rate, bool circular, float floor, std::span<float> peaks, const Control* control = nullptr);

}  // namespace grym::dsp
