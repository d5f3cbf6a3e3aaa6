#pragma once
// From one sample rate to another: soxr at its best quality (28 bits, linear phase, flat to 95 % of the lower Nyquist frequency). LGPL, linked dynamically.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "control.hpp"

// soxr's own, which only rate_converter.cpp knows.
struct soxr;

namespace grym::dsp {

constexpr std::size_t MOST_CONVERTED_CHANNELS = 64;
/** Steeper ones are mistakes, and their filters would be very long. */
constexpr double STEEPEST_CONVERSION = 256.0;

/** round(frames × to ÷ from), halves upwards: the length of what a conversion gives. */
std::int64_t convertedFrames(std::int64_t frames, double fromRate, double toRate) noexcept;

/**
 * A stream of interleaved frames at another rate. Frame n of what comes out is the sound at the time n ÷ toRate of what went in: nothing is
 * delayed. However the input is cut into pushes, the same bits come out, and from push() to finish() exactly convertedFrames() of all that went in.
 * Equal rates hand the samples through. Throws Refused where rates or channels cannot be.
 */
class RateConverter {
 public:
  RateConverter(std::size_t channels, double fromRate, double toRate);

  /** Whole frames; what can be told of the output so far is appended to `out`. What is no number or beyond 1,000 times full scale is silence. */
  void push(std::span<const float> input, std::vector<float>& out, const Control& control);
  /** The rest: behind the end lies silence. Once, and nothing after it. */
  void finish(std::vector<float>& out, const Control& control);

  std::size_t channels() const noexcept { return channels_; }
  std::int64_t framesIn() const noexcept { return framesIn_; }
  std::int64_t framesOut() const noexcept { return framesOut_; }

 private:
  struct Close { void operator()(soxr* state) const noexcept; };

  void convert(std::span<const float> input, std::int64_t mostFramesOut, std::vector<float>& out, const Control& control);

  std::size_t channels_;
  double fromRate_, toRate_;
  std::unique_ptr<soxr, Close> state_;
  std::vector<float> clean_, made_;
  std::int64_t framesIn_ = 0, framesOut_ = 0;
  bool finished_ = false;
};

/** All at once, with progress. */
std::vector<float> convertRate(std::span<const float> interleaved, std::size_t channels, double fromRate, double toRate, Control& control);

}  // namespace grym::dsp
