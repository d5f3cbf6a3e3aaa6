// Sample-rate conversion of whole clips.
#pragma once

#include <atomic>
#include <string>

#include "session/wav_file.hpp"

namespace grym::bridge {

/**
 * Converts to `sampleRate` in place; the new length is round(frames × ratio) exactly. A loop is converted as the circle that
 * it is, so that its seam stays as smooth as its middle. False: `problem` is one sentence for the user, or `cancelled` was set.
 */
bool resample(WavAudio& audio, double sampleRate, bool loop, const std::atomic<bool>& cancelled, std::string& problem);

} // namespace grym::bridge
