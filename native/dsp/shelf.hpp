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

/** A gain before and after the saturator such that a peak of 1 stays about where it was. */
struct Drive {
  double before, after;
  explicit Drive(double decibels) noexcept : before(gainFromDecibels(decibels) * 0.5), after(1.0 / saturate(before < 0.5 ? 0.5 : before)) {}
  double process(double input) const noexcept { return saturate(input * before) * after; }
};

struct Pan {
  double left, right;
  explicit Pan(double place) noexcept : left(cosTurns((place + 1.0) * 0.125) * 1.4142135623730951), right(sinTurns((place + 1.0) * 0.125) * 1.4142135623730951) {}
};

}  // namespace grym::dsp
