#include "spectrum.hpp"

#include <kiss_fftr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>

#include "maths.hpp"

namespace grym::dsp {

std::size_t transformSize(double rate, double seconds) {
  const double exponent = std::round(log2Of(rate * seconds));
  return std::size_t{1} << static_cast<std::size_t>(std::clamp(exponent, 7.0, 18.0));
}

void PowerSpectrum::Free::operator()(kiss_fftr_state* state) const noexcept { kiss_fftr_free(state); }

PowerSpectrum::PowerSpectrum(std::size_t size)
    : size_(size), state_(kiss_fftr_alloc(static_cast<int>(size), 0, nullptr, nullptr)), window_(size), frame_(size), spectrum_(size + 2) {
  if (!state_) throw std::bad_alloc();
  for (std::size_t i = 0; i < size; ++i)
    window_[i] = static_cast<float>((1.0 - cosTurns(static_cast<double>(i) / static_cast<double>(size))) * 2.0 / static_cast<double>(size));
}

void PowerSpectrum::add(std::span<const float> signal, std::int64_t centre, std::span<float> power) {
  const auto size = static_cast<std::int64_t>(size_), total = static_cast<std::int64_t>(signal.size());
  const std::int64_t first = centre - size / 2;
  const std::int64_t from = std::clamp<std::int64_t>(-first, 0, size), to = std::clamp<std::int64_t>(total - first, from, size);
  std::fill(frame_.begin(), frame_.begin() + from, 0.0F);
  for (std::int64_t i = from; i < to; ++i) frame_[static_cast<std::size_t>(i)] = signal[static_cast<std::size_t>(first + i)] * window_[static_cast<std::size_t>(i)];
  std::fill(frame_.begin() + to, frame_.end(), 0.0F);
  auto* const out = reinterpret_cast<kiss_fft_cpx*>(spectrum_.data());
  kiss_fftr(state_.get(), frame_.data(), out);
  for (std::size_t bin = 0; bin < bins(); ++bin) power[bin] += out[bin].r * out[bin].r + out[bin].i * out[bin].i;
}

MiddleSide middleSideOf(const Sound& sound) {
  MiddleSide out;
  out.rate = sound.rate;
  out.frames = sound.frames();
  if (sound.channels.size() == 1) {
    out.signals.push_back(sound.left());
    return out;
  }
  const auto frames = static_cast<std::size_t>(out.frames);
  std::vector<float> middle(frames), side(frames);
  double middleEnergy = 0.0, sideEnergy = 0.0;
  for (std::size_t i = 0; i < frames; ++i) {
    middle[i] = 0.5F * (sound.left()[i] + sound.right()[i]);
    side[i] = 0.5F * (sound.left()[i] - sound.right()[i]);
    middleEnergy += static_cast<double>(middle[i]) * static_cast<double>(middle[i]);
    sideEnergy += static_cast<double>(side[i]) * static_cast<double>(side[i]);
  }
  // What lies 40 dB below the other changes no figure, and costs as much to look at.
  if (middleEnergy > 0.0 && middleEnergy >= sideEnergy * 1e-4) out.signals.push_back(std::move(middle));
  if (sideEnergy > middleEnergy * 1e-4) out.signals.push_back(std::move(side));
  if (out.signals.empty()) out.signals.emplace_back(frames, 0.0F);
  return out;
}

void powerAt(const MiddleSide& sound, PowerSpectrum& spectrum, std::int64_t centre, std::span<float> power) {
  std::fill(power.begin(), power.end(), 0.0F);
  for (const auto& signal : sound.signals) spectrum.add(signal, centre, power);
}

std::vector<std::size_t> bandEdges(std::size_t count, std::size_t size, double rate, double low, double high) {
  const double top = std::min(high, rate * 0.48);
  const double perBand = log2Of(top / low) / static_cast<double>(count);
  std::vector<std::size_t> edges(count + 1);
  for (std::size_t i = 0; i <= count; ++i) {
    const double frequency = low * exp2Of(perBand * static_cast<double>(i));
    edges[i] = static_cast<std::size_t>(frequency * static_cast<double>(size) / rate + 0.5);
    if (i == 0) edges[i] = std::max<std::size_t>(1, edges[i]);
    else edges[i] = std::max(edges[i], edges[i - 1] + 1);
  }
  const std::size_t last = size / 2 + 1;
  for (std::size_t i = count + 1; i-- > 0;) edges[i] = std::min(edges[i], last - (count - i));
  return edges;
}

std::vector<float> autocorrelation(std::span<const float> signal, std::size_t lags) {
  const std::size_t size = std::bit_ceil(std::max<std::size_t>(128, signal.size() + lags));
  struct Release { void operator()(kiss_fftr_state* state) const noexcept { kiss_fftr_free(state); } };
  const std::unique_ptr<kiss_fftr_state, Release> forward(kiss_fftr_alloc(static_cast<int>(size), 0, nullptr, nullptr));
  const std::unique_ptr<kiss_fftr_state, Release> backward(kiss_fftr_alloc(static_cast<int>(size), 1, nullptr, nullptr));
  if (!forward || !backward) throw std::bad_alloc();
  std::vector<float> padded(size, 0.0F);
  std::copy(signal.begin(), signal.end(), padded.begin());
  std::vector<kiss_fft_cpx> spectrum(size / 2 + 1);
  kiss_fftr(forward.get(), padded.data(), spectrum.data());
  for (auto& bin : spectrum) bin = {bin.r * bin.r + bin.i * bin.i, 0.0F};
  kiss_fftri(backward.get(), spectrum.data(), padded.data());
  std::vector<float> out(lags, 0.0F);
  for (std::size_t lag = 0; lag < lags && lag < signal.size(); ++lag)
    out[lag] = padded[lag] / static_cast<float>(size) / static_cast<float>(signal.size() - lag);
  return out;
}

}  // namespace grym::dsp
