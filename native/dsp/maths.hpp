#pragma once
// Elementary functions from IEEE 754 basic operations only (+ − × ÷, comparisons, bit casts).
// libm's sin, exp, tan and log may differ in the last bit between C libraries and processors; these cannot, as long as the
// compiler keeps to IEEE double arithmetic (-ffp-contract=off, no -ffast-math; both are set in CMakeLists.txt). They are also faster.
#include <bit>
#include <cmath>
#include <cstdint>

namespace grym::dsp {

inline constexpr double PI = 3.14159265358979323846;
inline constexpr double LN2 = 0.69314718055994530942;

inline double floorOf(double x) noexcept {
  const auto whole = static_cast<double>(static_cast<std::int64_t>(x));
  return whole > x ? whole - 1.0 : whole;
}

inline double fraction(double x) noexcept { return x - floorOf(x); }

template <typename T>
constexpr T clampTo(T value, T low, T high) noexcept {
  return value < low ? low : (value > high ? high : value);
}

inline double mix(double from, double to, double amount) noexcept { return from + (to - from) * amount; }

/** sin(2π × turns); absolute error below 1e-9 (Taylor polynomial of degree 13 on a quarter turn). */
inline double sinTurns(double turns) noexcept {
  double r = turns - floorOf(turns + 0.5);
  if (r > 0.25) r = 0.5 - r;
  else if (r < -0.25) r = -0.5 - r;
  const double x = r * (2.0 * PI);
  const double x2 = x * x, x4 = x2 * x2;
  // Pairs of terms first (Estrin): half the latency of Horner's chain.
  const double low = 1.0 + x2 * (-1.0 / 6.0), middle = 1.0 / 120.0 + x2 * (-1.0 / 5040.0), high = 1.0 / 362880.0 + x2 * (-1.0 / 39916800.0);
  return x * (low + x4 * (middle + x4 * (high + x4 * (1.0 / 6227020800.0))));
}

inline double cosTurns(double turns) noexcept { return sinTurns(turns + 0.25); }

/** tan(π × x) for 0 ≤ x < 0.5: the prewarped gain of a zero-delay-feedback integrator at x = cut-off / rate. */
inline double tanHalfTurns(double x) noexcept { return sinTurns(0.5 * x) / cosTurns(0.5 * x); }

/** 2^x; relative error below 1e-11; 0 below −1000, saturates above 1000. */
inline double exp2Of(double x) noexcept {
  if (x < -1000.0) return 0.0;
  if (x > 1000.0) x = 1000.0;
  const double whole = floorOf(x + 0.5);
  const double f = (x - whole) * LN2;
  const double series = 1.0 + f * (1.0 + f * (1.0 / 2.0 + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0
      + f * (1.0 / 720.0 + f * (1.0 / 5040.0 + f * (1.0 / 40320.0 + f / 362880.0))))))));
  const auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(whole) + 1023) << 52;
  return series * std::bit_cast<double>(exponent);
}

/** log₂(x) for normal x > 0; −1000 for anything else. */
inline double log2Of(double x) noexcept {
  if (!(x > 1e-300)) return -1000.0;
  auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<double>(static_cast<std::int64_t>(bits >> 52) - 1023);
  bits = (bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL;
  double m = std::bit_cast<double>(bits);
  if (m > 1.4142135623730951) { m *= 0.5; exponent += 1.0; }
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  const double series = s * (1.0 + s2 * (1.0 / 3.0 + s2 * (1.0 / 5.0 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0 + s2 * (1.0 / 11.0 + s2 / 13.0))))));
  return exponent + series * (2.0 / LN2);
}

inline double expOf(double x) noexcept { return exp2Of(x * (1.0 / LN2)); }
inline double powerOf(double base, double exponent) noexcept { return exp2Of(log2Of(base) * exponent); }
inline double gainFromDecibels(double decibels) noexcept { return exp2Of(decibels * 0.16609640474436813); }
inline double decibelsFromGain(double gain) noexcept { return log2Of(gain) * 6.0205999132796239; }
inline double frequencyOfNote(double midiNote) noexcept { return 440.0 * exp2Of((midiNote - 69.0) / 12.0); }

/** A smooth saturator: the Padé approximant of tanh, exactly ±1 with slope 0 from |x| = 3 on. */
inline double saturate(double x) noexcept {
  x = clampTo(x, -3.0, 3.0);
  const double x2 = x * x;
  return x * (27.0 + x2) / (27.0 + 9.0 * x2);
}

/** Coefficient of a one-pole decay that falls by 60 dB in `seconds`. */
inline double decayPerFrame(double seconds, double rate) noexcept {
  return exp2Of(-9.965784284662087 / (seconds * rate > 1.0 ? seconds * rate : 1.0));
}

}  // namespace grym::dsp
