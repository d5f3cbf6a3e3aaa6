#include "slices.hpp"

#include <algorithm>
#include <cmath>

#include "loop_seam.hpp"
#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr double CROSS_FADE_SECONDS = 0.006;

/** Energies of octave bands by one-pole low-passes: cheap, and the same on every machine. */
std::array<double, 10> featuresOf(const Sound& sound, std::int64_t start, std::int64_t length) {
  constexpr std::array<double, 8> CORNERS{80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0, 5120.0, 10240.0};
  std::array<double, 8> factors{}, states{}, energies{};
  for (std::size_t i = 0; i < CORNERS.size(); ++i) factors[i] = 1.0 - expOf(-2.0 * PI * std::min(0.4, CORNERS[i] / sound.rate));
  double energy = 0.0, crossings = 0.0, before = 0.0;
  for (std::int64_t i = start; i < start + length; ++i) {
    double value = 0.0;
    for (const auto& channel : sound.channels) value += static_cast<double>(channel[static_cast<std::size_t>(i)]);
    energy += value * value;
    if (value * before < 0.0) crossings += 1.0;
    before = value;
    double below = 0.0;
    for (std::size_t band = 0; band < CORNERS.size(); ++band) {
      states[band] += factors[band] * (value - states[band]);
      const double part = states[band] - below;
      energies[band] += part * part;
      below = states[band];
    }
  }
  const double count = static_cast<double>(std::max<std::int64_t>(1, length));
  const auto level = [](double power) { return clampTo(log2Of(power + 1e-9) / 30.0 + 1.0, 0.0, 1.2); };
  std::array<double, 10> features{};
  features[0] = level(energy / count);
  features[1] = clampTo(crossings / count * 4.0, 0.0, 1.0);
  for (std::size_t band = 0; band < CORNERS.size(); ++band) features[band + 2] = level(energies[band] / count);
  return features;
}

double sampleAt(const std::vector<float>& channel, const Placement& piece, std::int64_t offset) {
  const std::int64_t at = piece.reversed ? piece.source + piece.length - 1 - offset : piece.source + offset;
  if (piece.silent || at < 0 || at >= static_cast<std::int64_t>(channel.size())) return 0.0;
  return static_cast<double>(channel[static_cast<std::size_t>(at)]);
}

bool goesOn(const Placement& before, const Placement& after) {
  if (before.silent || after.silent) return before.silent && after.silent;
  return !before.reversed && !after.reversed && before.source + before.length == after.source;
}

/** From the last piece to the first a loop goes on where the source, too, ended and began. */
bool goesRound(const Placement& last, const Placement& first, std::int64_t sourceFrames) {
  if (last.silent || first.silent) return last.silent && first.silent;
  return !last.reversed && !first.reversed && last.source + last.length == sourceFrames && first.source == 0;
}

/** The next piece fades in over what lies before it in the source, so that its first stroke keeps its edge. `end`: where it begins. */
void crossFadeInto(std::vector<float>& to, std::int64_t end, std::int64_t overlap, const std::vector<float>& source, const Placement& next) {
  for (std::int64_t k = 1; k <= overlap; ++k) {
    const auto weights = crossFadeAt(1.0 - (static_cast<double>(k) - 0.5) / static_cast<double>(overlap), 0.0);
    auto& sample = to[static_cast<std::size_t>(end - k)];
    sample = static_cast<float>(static_cast<double>(sample) * weights.out + sampleAt(source, next, -k) * weights.in);
  }
}

}  // namespace

std::vector<Slice> sliceUp(const Sound& sound, const std::vector<std::int64_t>& cuts, std::int64_t least, Control& control) {
  std::vector<std::int64_t> borders{0};
  for (const std::int64_t cut : cuts)
    if (cut - borders.back() >= least && sound.frames() - cut >= least) borders.push_back(cut);
  borders.push_back(sound.frames());
  std::vector<Slice> slices;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    control.progress(static_cast<double>(i) / static_cast<double>(borders.size()));
    Slice slice{borders[i], borders[i + 1] - borders[i], {}};
    // What a slice is like is decided by its first seconds; a long one need not hold up a cancel.
    slice.features = featuresOf(sound, slice.start, std::min(slice.length, static_cast<std::int64_t>(sound.rate * 4.0)));
    slices.push_back(slice);
  }
  return slices;
}

double distance(const Slice& a, const Slice& b) noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.features.size(); ++i) sum += (a.features[i] - b.features[i]) * (a.features[i] - b.features[i]);
  const double longer = static_cast<double>(std::max(a.length, b.length)), shorter = static_cast<double>(std::min(a.length, b.length));
  const double lengths = 1.0 - shorter / std::max(1.0, longer);
  return std::sqrt(sum) + 0.5 * lengths;
}

Sound assemble(const Sound& sound, const std::vector<Placement>& pieces, std::int64_t frames, bool circular, Control& control) {
  Sound out;
  out.rate = sound.rate;
  out.channels.assign(sound.channels.size(), std::vector<float>(static_cast<std::size_t>(frames), 0.0F));
  const auto usual = static_cast<std::int64_t>(CROSS_FADE_SECONDS * sound.rate);
  std::int64_t position = 0;
  for (std::size_t i = 0; i < pieces.size() && position < frames; ++i) {
    control.progress(static_cast<double>(i) / static_cast<double>(pieces.size()));
    const Placement& piece = pieces[i];
    const std::int64_t count = std::min(piece.length, frames - position);
    for (std::size_t channel = 0; channel < out.channels.size(); ++channel) {
      auto& to = out.channels[channel];
      for (std::int64_t k = 0; k < count; ++k) {
        if ((k & 0xffff) == 0) control.checkpoint();
        to[static_cast<std::size_t>(position + k)] = static_cast<float>(sampleAt(sound.channels[channel], piece, k));
      }
      if (i > 0 && !goesOn(pieces[i - 1], piece)) crossFadeInto(to, position, std::min({usual, pieces[i - 1].length / 2, position}), sound.channels[channel], piece);
    }
    position += count;
  }
  if (circular && !pieces.empty() && !goesRound(pieces.back(), pieces.front(), sound.frames()))
    for (std::size_t channel = 0; channel < out.channels.size(); ++channel)
      crossFadeInto(out.channels[channel], frames, std::min({usual, pieces.back().length / 2, frames}), sound.channels[channel], pieces.front());
  return out;
}

}  // namespace grym::dsp
