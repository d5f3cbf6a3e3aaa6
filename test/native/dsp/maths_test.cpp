#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "filters.hpp"
#include "maths.hpp"
#include "random.hpp"

using namespace grym::dsp;

TEST_CASE("own elementary functions agree with libm") {
  for (int i = -4000; i <= 4000; ++i) {
    const double x = i * 0.00137;
    CHECK(sinTurns(x) == doctest::Approx(std::sin(2.0 * std::numbers::pi * x)).epsilon(1e-7).scale(1.0));
    CHECK(exp2Of(x * 20.0) == doctest::Approx(std::exp2(x * 20.0)).epsilon(1e-10));
    CHECK(floorOf(x * 3.0) == std::floor(x * 3.0));
  }
  for (double x = 1e-9; x < 1e9; x *= 1.37) CHECK(log2Of(x) == doctest::Approx(std::log2(x)).epsilon(1e-11));
  for (double x = 0.001; x < 0.49; x += 0.001) CHECK(tanHalfTurns(x) == doctest::Approx(std::tan(std::numbers::pi * x)).epsilon(1e-6));
  CHECK(gainFromDecibels(-6.0) == doctest::Approx(std::pow(10.0, -0.3)));
  CHECK(decibelsFromGain(0.5) == doctest::Approx(20.0 * std::log10(0.5)));
  CHECK(frequencyOfNote(33) == doctest::Approx(55.0));
}

TEST_CASE("random numbers: uniform, repeatable, and streams are strangers to each other") {
  const Random a(1, "one"), b(1, "two"), c(2, "one");
  double sum = 0.0, squares = 0.0, crossB = 0.0, crossC = 0.0;
  constexpr int COUNT = 100000;
  for (std::uint64_t i = 0; i < COUNT; ++i) {
    const double x = a.bipolar(i);
    CHECK_MESSAGE((x >= -1.0 && x < 1.0), x);
    sum += x;
    squares += x * x;
    crossB += x * b.bipolar(i);
    crossC += x * c.bipolar(i);
  }
  CHECK(std::fabs(sum / COUNT) < 0.01);
  CHECK(squares / COUNT == doctest::Approx(1.0 / 3.0).epsilon(0.02));
  CHECK(std::fabs(crossB / COUNT) < 0.01);
  CHECK(std::fabs(crossC / COUNT) < 0.01);
  CHECK(Random(1, "one").bits(77) == a.bits(77));
}

namespace {

/** Level of a sine at `hertz` behind a filter, against its level before, in decibels. */
template <typename Process>
double responseDecibels(double hertz, double rate, Process process) {
  double in = 0.0, out = 0.0;
  for (int i = 0; i < 48000; ++i) {
    const double x = 0.01 * std::sin(2.0 * std::numbers::pi * hertz * i / rate);
    const double y = process(x);
    if (i > 24000) { in += x * x; out += y * y; }
  }
  return 10.0 * std::log10(out / in);
}

}  // namespace

TEST_CASE("filters: where they cut and how steeply") {
  StateVariable two;
  two.set(1000.0, 0.3, 48000.0);
  CHECK(responseDecibels(100.0, 48000.0, [&](double x) { return two.low(x); }) == doctest::Approx(0.0).scale(1.0).epsilon(0.5));
  const double twoFar = responseDecibels(8000.0, 48000.0, [&](double x) { return two.low(x); });
  CHECK(twoFar < -34.0);
  Ladder four;
  four.setGain(integratorGain(1000.0, 48000.0), 0.0);
  CHECK(responseDecibels(50.0, 48000.0, [&](double x) { return four.low(x); }) == doctest::Approx(0.0).scale(1.0).epsilon(0.5));
  CHECK(responseDecibels(8000.0, 48000.0, [&](double x) { return four.low(x); }) < -65.0);
}

TEST_CASE("filters stay finite when cut-off and resonance jump on every frame") {
  const Random random(3, "filter-test");
  StateVariable two;
  Ladder four;
  for (std::uint64_t i = 0; i < 200000; ++i) {
    const double cut = 20.0 * std::exp2(10.0 * random.uniform(3 * i)), resonance = random.uniform(3 * i + 1);
    two.set(cut, resonance, 48000.0);
    four.setGain(integratorGain(cut, 48000.0), resonance);
    const double x = random.bipolar(3 * i + 2);
    REQUIRE(std::fabs(two.low(x)) < 100.0);
    REQUIRE(std::fabs(four.low(x)) < 100.0);
  }
}
