#include "stretch.hpp"

#include <SoundTouch.h>

#include <algorithm>
#include <cmath>

namespace grym::dsp {
namespace {

constexpr std::int64_t BLOCK_FRAMES = 4096;
/** What a loop is given of itself on both sides: several of SoundTouch's sequences, in seconds of the source. */
constexpr double AROUND_SECONDS = 0.6;
/** Within a sequence time runs as in the source, so its length bounds how far a stroke may be off: SoundTouch's own choice, up to 90 ms,
 *  moved strokes by up to 39 ms, this by a quarter of that. The search reaches a period of 67 Hz. */
constexpr int SEQUENCE_MILLISECONDS = 40, SEARCH_MILLISECONDS = 15, OVERLAP_MILLISECONDS = 8;
constexpr double MOST_SAMPLES = 536870912.0;

void drain(soundtouch::SoundTouch& processor, std::size_t channels, std::size_t most, std::vector<float>& into) {
  std::vector<float> block(static_cast<std::size_t>(BLOCK_FRAMES) * channels);
  for (;;) {
    const auto got = processor.receiveSamples(block.data(), static_cast<unsigned>(BLOCK_FRAMES));
    if (got == 0) return;
    const std::size_t room = most - std::min(most, into.size());
    into.insert(into.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(std::min(room, got * channels)));
  }
}

}  // namespace

Sound stretch(const Sound& sound, double tempoRatio, double semitones, bool circular, std::int64_t extra, Control& control) {
  const std::size_t channels = sound.channels.size();
  const std::int64_t frames = sound.frames();
  const auto wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::llround(static_cast<double>(frames) / tempoRatio))) + (circular ? extra : 0);
  if (static_cast<double>(wanted) * static_cast<double>(channels) > MOST_SAMPLES) throw Refused("the result would have more than 2 GiB of samples");
  const std::int64_t around = circular ? static_cast<std::int64_t>(AROUND_SECONDS * sound.rate) : 0;
  const auto skipped = static_cast<std::int64_t>(std::llround(static_cast<double>(around) / tempoRatio));
  // Without a loop, silence behind the sound lets its last sequence come out whole.
  const std::int64_t total = frames + around + (circular ? around : static_cast<std::int64_t>(AROUND_SECONDS * sound.rate));
  soundtouch::SoundTouch processor;
  processor.setSampleRate(static_cast<unsigned>(std::min(192000.0, sound.rate)));
  processor.setChannels(static_cast<unsigned>(channels));
  processor.setTempo(tempoRatio);
  processor.setPitchSemiTones(semitones);
  processor.setSetting(SETTING_USE_QUICKSEEK, 0);
  processor.setSetting(SETTING_USE_AA_FILTER, 1);
  processor.setSetting(SETTING_SEQUENCE_MS, SEQUENCE_MILLISECONDS);
  processor.setSetting(SETTING_SEEKWINDOW_MS, SEARCH_MILLISECONDS);
  processor.setSetting(SETTING_OVERLAP_MS, OVERLAP_MILLISECONDS);
  const std::size_t most = static_cast<std::size_t>(wanted + skipped) * channels;
  std::vector<float> out, block;
  out.reserve(most);
  for (std::int64_t first = 0; first < total && out.size() < most; first += BLOCK_FRAMES) {
    control.progress(static_cast<double>(first) / static_cast<double>(total));
    const std::int64_t count = std::min(BLOCK_FRAMES, total - first);
    block.assign(static_cast<std::size_t>(count) * channels, 0.0F);
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t at = first + i - around;
      if (circular) at = ((at % frames) + frames) % frames;
      else if (at >= frames) break;
      for (std::size_t channel = 0; channel < channels; ++channel) block[static_cast<std::size_t>(i) * channels + channel] = sound.channels[channel][static_cast<std::size_t>(at)];
    }
    processor.putSamples(block.data(), static_cast<unsigned>(count));
    drain(processor, channels, most, out);
  }
  control.progress(1.0);
  processor.flush();
  drain(processor, channels, most, out);
  out.resize(most, 0.0F);
  return soundOf(std::span<const float>(out).subspan(static_cast<std::size_t>(skipped) * channels), channels, sound.rate);
}

}  // namespace grym::dsp
