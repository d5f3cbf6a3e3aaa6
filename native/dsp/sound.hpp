#pragma once
// Audio as the workshop hands it from stage to stage: one vector for each channel, full scale = 1.
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace grym::dsp {

/** What was asked for cannot be; the text says what was expected and what came. */
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Sound {
  /** One or two channels of the same length. */
  std::vector<std::vector<float>> channels;
  double rate = 0.0;

  std::int64_t frames() const noexcept { return channels.empty() ? 0 : static_cast<std::int64_t>(channels.front().size()); }
  double seconds() const noexcept { return static_cast<double>(frames()) / rate; }
  const std::vector<float>& left() const { return channels.front(); }
  const std::vector<float>& right() const { return channels.back(); }
};

/** What is not a number, infinite or beyond 1,000 times full scale becomes silence, so that no stage has to expect it. */
Sound soundOf(std::span<const float> interleaved, std::size_t channelCount, double rate);
std::vector<float> interleave(const Sound& sound);

}  // namespace grym::dsp
