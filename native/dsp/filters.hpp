#pragma once
// Filters with zero-delay feedback: trapezoidal integrators whose feedback loop is solved, not delayed by a frame, so that they
// stay tuned and stable under fast modulation (Zavalishin: "The Art of VA Filter Design"; Simper: "Linear trapezoidal SVF").
#include "maths.hpp"

namespace grym::dsp {

/** Cut-off in Hz to the prewarped integrator gain; kept off Nyquist. */
inline double integratorGain(double hertz, double rate) noexcept {
  return tanHalfTurns(clampTo(hertz / rate, 0.00001, 0.49));
}

/** Two-pole state-variable filter. resonance 0…1; 1 is just short of self-oscillation. */
class StateVariable {
 public:
  struct Outputs { double low, band, high; };

  void set(double hertz, double resonance, double rate) noexcept { setGain(integratorGain(hertz, rate), resonance); }
  void setGain(double g, double resonance) noexcept {
    k_ = 2.0 - 1.96 * clampTo(resonance, 0.0, 1.0);
    g_ = g;
    a1_ = 1.0 / (1.0 + g * (g + k_));
  }
  Outputs process(double input) noexcept {
    const double v3 = input - second_;
    const double band = a1_ * (first_ + g_ * v3);
    const double low = second_ + g_ * band;
    first_ = 2.0 * band - first_;
    second_ = 2.0 * low - second_;
    return {low, band, input - k_ * band - low};
  }
  double low(double input) noexcept { return process(input).low; }
  double high(double input) noexcept { return process(input).high; }
  /** Band-pass with unity gain at its centre. */
  double band(double input) noexcept { return k_ * process(input).band; }

 private:
  double g_ = 0.1, k_ = 2.0, a1_ = 1.0, first_ = 0.0, second_ = 0.0;
};

/** One-pole low-pass (trapezoidal). */
class OnePole {
 public:
  void set(double hertz, double rate) noexcept {
    const double g = integratorGain(hertz, rate);
    gain_ = g / (1.0 + g);
  }
  double low(double input) noexcept {
    const double v = (input - state_) * gain_;
    const double output = v + state_;
    state_ = output + v;
    return output;
  }
  double high(double input) noexcept { return input - low(input); }

 private:
  double gain_ = 0.1, state_ = 0.0;
};

/** Four-pole ladder; the feedback path saturates, which is what makes its resonance growl and not scream. */
class Ladder {
 public:
  void setGain(double g, double resonance) noexcept {
    const double one = g / (1.0 + g);
    one_ = one;
    k_ = 4.0 * clampTo(resonance, 0.0, 1.02);
    const double g2 = one * one;
    solve_ = 1.0 / (1.0 + k_ * g2 * g2);
    s0_ = one * one * one / (1.0 + g);
    s1_ = one * one / (1.0 + g);
    s2_ = one / (1.0 + g);
    s3_ = 1.0 / (1.0 + g);
    // The ladder loses its lows as resonance rises; half of that is given back.
    makeup_ = 1.0 + 0.5 * k_;
  }
  double low(double input) noexcept {
    const double held = s0_ * z0_ + s1_ * z1_ + s2_ * z2_ + s3_ * z3_;
    const double u = saturate((input * makeup_ - k_ * held) * solve_);
    const double a = step(u, z0_);
    const double b = step(a, z1_);
    const double c = step(b, z2_);
    return step(c, z3_);
  }

 private:
  double step(double input, double& z) const noexcept {
    const double v = (input - z) * one_;
    const double output = v + z;
    z = output + v;
    return output;
  }
  double one_ = 0.1, k_ = 0.0, solve_ = 1.0, makeup_ = 1.0;
  double s0_ = 0, s1_ = 0, s2_ = 0, s3_ = 0;
  double z0_ = 0.0, z1_ = 0.0, z2_ = 0.0, z3_ = 0.0;
};

}  // namespace grym::dsp
