#include <doctest/doctest.h>

#include <vector>

#include "loudness.hpp"
#include "maths.hpp"
#include "random.hpp"
#include "reference_meter.hpp"

using namespace grym::dsp;

TEST_CASE("loudness and true peak agree with libebur128") {
  for (const double rate : {8000.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    CAPTURE(rate);
    const Random random(5, "loudness-test");
    const auto frames = static_cast<std::size_t>(rate * 3.0);
    std::vector<float> left(frames), right(frames), both(frames * 2);
    for (std::size_t i = 0; i < frames; ++i) {
      const double seconds = static_cast<double>(i) / rate;
      // Loud and soft passages, so that both gates matter; a tone between the frames for the peak.
      const double level = seconds < 1.0 ? 0.5 : (seconds < 2.0 ? 0.001 : 0.2);
      left[i] = static_cast<float>(level * (0.6 * sinTurns(seconds * 0.2371 * rate + 0.1) + 0.2 * random.bipolar(2 * i)));
      right[i] = static_cast<float>(level * (0.5 * sinTurns(seconds * 220.0) + 0.3 * random.bipolar(2 * i + 1)));
      both[2 * i] = left[i];
      both[2 * i + 1] = right[i];
    }
    const auto reference = meterReading(both, rate, false);
    const auto own = integratedLoudness(left, right, rate);
    REQUIRE(own.has_value());
    CHECK(*own == doctest::Approx(reference.lufs).epsilon(0.05).scale(1.0));
    const double peak = decibelsFromGain(std::max(truePeak(left, rate, false), truePeak(right, rate, false)));
    CHECK(peak == doctest::Approx(reference.peakDbtp).epsilon(0.1).scale(1.0));
  }
}

TEST_CASE("silence has no loudness and no peak") {
  const std::vector<float> silence(48000, 0.0F);
  CHECK_FALSE(integratedLoudness(silence, silence, 48000.0).has_value());
  CHECK(truePeak(silence, 48000.0, true) == 0.0);
}

TEST_CASE("a loop's true peak includes the seam") {
  std::vector<float> channel(4800, 0.0F);
  channel.front() = 0.7F;
  channel.back() = 0.7F;
  CHECK(truePeak(channel, 48000.0, true) > truePeak(channel, 48000.0, false) + 0.05);
}
