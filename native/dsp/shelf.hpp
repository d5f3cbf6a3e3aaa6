#pragma once
#include "filters.hpp"

namespace grym::dsp {

/** The `weight` parameter as decibels: 0 → −14, 0.5 → 0, 1 → +9. */
inline double weightDecibels(double weight) noexcept { return (weight - 0.5) * 2.0 * (weight < 0.5 ? 14.0 : 9.0); }

/** First-order low shelf. */
class LowShelf {
 public:
  LowShelf(double hertz, double decibels, double rate) noexcept : extra_(gainFromDecibels(decibels) - 1.0) { low_.set(hertz, rate); }
  double process(double input) noexcept { return input + extra_ * low_.low(input); }

 private:
  OnePole low_;
  double extra_;
};

/**
 * Saturation in two stages. The first rounds peaks, the second squares what the first has filled, so that little drive warms
 * and much drive distorts. A slight bias makes the two halves of the wave differ: even harmonics, as in a valve.
 */
class Drive {
 public:
  explicit Drive(double decibels) noexcept
      : first_(gainFromDecibels(decibels) * 0.5), second_(1.0 + decibels / 12.0), bias_(0.01 * decibels), offset_(saturate(saturate(bias_) * second_)),
        after_(1.0 / (saturate(saturate((first_ < 0.5 ? 0.5 : first_) + bias_) * second_) - offset_)) {}
  double process(double input) const noexcept { return (saturate(saturate(input * first_ + bias_) * second_) - offset_) * after_; }

 private:
  double first_, second_, bias_, offset_, after_;
};

struct Pan {
  double left, right;
  explicit Pan(double place) noexcept : left(cosTurns((place + 1.0) * 0.125) * 1.4142135623730951), right(sinTurns((place + 1.0) * 0.125) * 1.4142135623730951) {}
};

}  // namespace grym::dsp
