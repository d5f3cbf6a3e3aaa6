#include "loop_seam.hpp"

#include <algorithm>
#include <cmath>

#include "maths.hpp"

namespace grym::dsp {
namespace {

double at(const std::vector<float>& channel, std::int64_t frame) { return static_cast<double>(channel[static_cast<std::size_t>(frame)]); }

/** Normalised correlation of `overlap` frames from `start` with those from 0; every `step`-th frame is looked at. */
double correlationWithStart(const Sound& sound, std::int64_t start, std::int64_t overlap, std::int64_t step) {
  double both = 0.0, here = 1e-12, there = 1e-12;
  for (const auto& channel : sound.channels)
    for (std::int64_t i = 0; i < overlap; i += step) {
      const double a = at(channel, i), b = at(channel, start + i);
      both += a * b;
      here += a * a;
      there += b * b;
    }
  return both / std::sqrt(here * there);
}

}  // namespace

CrossFade crossFadeAt(double place, double correlation) noexcept {
  const double in = sinTurns(place * 0.25), out = cosTurns(place * 0.25);
  // The power of a sum of related signals is higher by twice their product.
  const double power = std::sqrt(std::max(0.1, 1.0 + 2.0 * clampTo(correlation, -0.9, 1.0) * in * out));
  return {out / power, in / power};
}

void fade(Sound& sound, std::int64_t startFrames, std::int64_t endFrames) {
  const std::int64_t frames = sound.frames();
  startFrames = std::min(startFrames, frames);
  endFrames = std::min(endFrames, frames);
  for (auto& channel : sound.channels) {
    for (std::int64_t i = 0; i < startFrames; ++i) channel[static_cast<std::size_t>(i)] *= static_cast<float>(i) / static_cast<float>(startFrames);
    for (std::int64_t i = 0; i < endFrames; ++i) channel[static_cast<std::size_t>(frames - 1 - i)] *= static_cast<float>(i) / static_cast<float>(endFrames);
  }
}

double seamStep(const Sound& sound) {
  const std::int64_t frames = sound.frames(), reach = std::min<std::int64_t>(frames / 2, static_cast<std::int64_t>(sound.rate * 0.003));
  double worst = 0.0;
  for (const auto& channel : sound.channels) {
    if (reach < 4) break;
    double usual = 1e-5;
    for (std::int64_t i = 1; i < reach; ++i) {
      usual = std::max(usual, std::fabs(at(channel, i) - at(channel, i - 1)));
      usual = std::max(usual, std::fabs(at(channel, frames - i) - at(channel, frames - i - 1)));
    }
    worst = std::max(worst, std::fabs(at(channel, 0) - at(channel, frames - 1)) / usual);
  }
  return worst;
}

std::int64_t bestLoopLength(const Sound& sound, std::int64_t least, std::int64_t most, std::int64_t overlap, Control& control) {
  // First coarsely in time and in frames, then every frame around the best few.
  const std::int64_t step = std::max<std::int64_t>(1, static_cast<std::int64_t>(sound.rate / 8000.0));
  double best = -2.0;
  std::int64_t found = most, tried = 0;
  for (std::int64_t length = most; length >= least; length -= step) {
    if ((tried++ & 63) == 0) control.checkpoint();
    const double likeness = correlationWithStart(sound, length, overlap, step * 2);
    if (likeness > best + 1e-9) {
      best = likeness;
      found = length;
    }
  }
  best = -2.0;
  const std::int64_t centre = found;
  for (std::int64_t length = std::max(least, centre - 2 * step); length <= std::min(most, centre + 2 * step); ++length) {
    const double likeness = correlationWithStart(sound, length, overlap, 1);
    if (likeness > best) {
      best = likeness;
      found = length;
    }
  }
  return found;
}

void closeLoop(Sound& sound, std::int64_t length, std::int64_t overlap) {
  const double correlation = correlationWithStart(sound, length, overlap, 1);
  for (auto& channel : sound.channels) {
    for (std::int64_t i = 0; i < overlap; ++i) {
      const auto weights = crossFadeAt((static_cast<double>(i) + 0.5) / static_cast<double>(overlap), correlation);
      channel[static_cast<std::size_t>(i)] = static_cast<float>(at(channel, length + i) * weights.out + at(channel, i) * weights.in);
    }
    channel.resize(static_cast<std::size_t>(length));
  }
}

}  // namespace grym::dsp
