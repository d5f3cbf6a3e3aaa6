#include "sound.hpp"

#include <cmath>

namespace grym::dsp {
namespace {

constexpr float LOUDEST = 1000.0F;

}  // namespace

Sound soundOf(std::span<const float> interleaved, std::size_t channelCount, double rate) {
  Sound sound;
  sound.rate = rate;
  sound.channels.resize(channelCount);
  const std::size_t frames = interleaved.size() / channelCount;
  for (std::size_t channel = 0; channel < channelCount; ++channel) {
    auto& to = sound.channels[channel];
    to.resize(frames);
    for (std::size_t i = 0; i < frames; ++i) {
      const float value = interleaved[i * channelCount + channel];
      to[i] = std::fabs(value) <= LOUDEST ? value : 0.0F;
    }
  }
  return sound;
}

std::vector<float> interleave(const Sound& sound) {
  const std::size_t count = sound.channels.size(), frames = static_cast<std::size_t>(sound.frames());
  std::vector<float> interleaved(count * frames);
  for (std::size_t channel = 0; channel < count; ++channel)
    for (std::size_t i = 0; i < frames; ++i) interleaved[i * count + channel] = sound.channels[channel][i];
  return interleaved;
}

}  // namespace grym::dsp
