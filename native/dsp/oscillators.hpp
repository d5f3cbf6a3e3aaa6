#pragma once
// Oscillators. Saw and pulse are band-limited with two-point PolyBLEP residuals (Välimäki, Huovilainen: "Antialiasing
// oscillators in subtractive synthesis", 2007); the engine also runs at twice the usual rates, where what is left is inaudible.
#include "maths.hpp"

namespace grym::dsp {

/** Residual of a unit step at phase 0, for a phase in [0, 1) that advances by `step` per frame. */
inline double polyBlep(double phase, double step) noexcept {
  if (phase < step) {
    const double t = phase / step;
    return t + t - t * t - 1.0;
  }
  if (phase > 1.0 - step) {
    const double t = (phase - 1.0) / step;
    return t * t + t + t + 1.0;
  }
  return 0.0;
}

inline double sawAt(double phase, double step) noexcept { return 2.0 * phase - 1.0 - polyBlep(phase, step); }

inline double pulseAt(double phase, double step, double width) noexcept {
  double other = phase + 1.0 - width;
  if (other >= 1.0) other -= 1.0;
  return (phase < width ? 1.0 : -1.0) + polyBlep(phase, step) - polyBlep(other, step) - (2.0 * width - 1.0);
}

/** Its harmonics fall by 12 dB per octave, so at the engine's rate it needs no correction. */
inline double triangleAt(double phase) noexcept { return phase < 0.5 ? 4.0 * phase - 1.0 : 3.0 - 4.0 * phase; }

struct Phase {
  double value = 0.0;
  double advance(double step) noexcept {
    value += step;
    if (value >= 1.0) value -= floorOf(value);
    return value;
  }
};

/** shape 0: triangle, 0.5: saw, 1: pulse; cross-faded between. Only what is heard is computed. */
inline double shapedAt(double phase, double step, double shape, double pulseWidth) noexcept {
  if (shape <= 0.0) return triangleAt(phase);
  if (shape < 0.5) return mix(triangleAt(phase), sawAt(phase, step), shape * 2.0);
  if (shape == 0.5) return sawAt(phase, step);
  if (shape < 1.0) return mix(sawAt(phase, step), pulseAt(phase, step, pulseWidth) * 0.8, shape * 2.0 - 1.0);
  return pulseAt(phase, step, pulseWidth) * 0.8;
}

}  // namespace grym::dsp
