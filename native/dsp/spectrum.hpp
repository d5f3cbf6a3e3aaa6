#pragma once
// Short-time spectra by kissfft (BSD-3).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sound.hpp"

struct kiss_fftr_state;

namespace grym::dsp {

/** The power of two whose frame is nearest to `seconds`, 128 to 262,144. */
std::size_t transformSize(double rate, double seconds);

/** Power spectra of Hann-windowed frames. A sine of amplitude 1 has a peak of 1. */
class PowerSpectrum {
 public:
  explicit PowerSpectrum(std::size_t size);

  std::size_t size() const noexcept { return size_; }
  std::size_t bins() const noexcept { return size_ / 2 + 1; }
  /** Adds the power of the frame around `centre` to `power`. Outside of the signal there is silence. */
  void add(std::span<const float> signal, std::int64_t centre, std::span<float> power);

 private:
  struct Free { void operator()(kiss_fftr_state* state) const noexcept; };
  std::size_t size_;
  std::unique_ptr<kiss_fftr_state, Free> state_;
  std::vector<float> window_, frame_, spectrum_;
};

/** What spectra are taken of: middle, and side where there is any, so that nothing cancels. */
struct MiddleSide {
  std::vector<std::vector<float>> signals;
  double rate = 0.0;
  std::int64_t frames = 0;
};
MiddleSide middleSideOf(const Sound& sound);

/** Power of the frame around `centre`, all signals together. */
void powerAt(const MiddleSide& sound, PowerSpectrum& spectrum, std::int64_t centre, std::span<float> power);

/** Boundaries of `count` bands in bins, equally wide in pitch from `low` to `high` Hz, each at least one bin wide. */
std::vector<std::size_t> bandEdges(std::size_t count, std::size_t size, double rate, double low, double high);

/** Autocorrelation of `signal` for lags 0 … lags−1, each divided by the number of products in it. */
std::vector<float> autocorrelation(std::span<const float> signal, std::size_t lags);

}  // namespace grym::dsp
