// The rate converter's edges, for the sanitizers above all: steep ratios, pieces of every size, cancelling.
#include <doctest/doctest.h>

#include <vector>

#include "random.hpp"
#include "rate_converter.hpp"
#include "sound.hpp"

using namespace grym::dsp;

namespace {

class Counting : public Control {
 public:
  explicit Counting(int looks = 1 << 30) : looks_(looks) {}
  void progress(double fraction) override {
    CHECK(fraction >= last);
    CHECK(fraction <= 1.0);
    last = fraction;
    checkpoint();
  }
  bool cancelled() const override { return --looks_ < 0; }
  double last = 0.0;

 private:
  mutable int looks_;
};

std::vector<float> noise(std::size_t samples) {
  const Random random(5, "rate-converter-test");
  std::vector<float> out(samples);
  for (std::size_t i = 0; i < samples; ++i) out[i] = static_cast<float>(0.5 * random.bipolar(i));
  return out;
}

}  // namespace

TEST_CASE("every length and every rate give exactly as many frames as they should, in pieces as at once") {
  constexpr std::pair<double, double> RATES[]{{1, 256}, {256, 1}, {44100, 48000}, {48000, 16000}, {16000, 48000}, {48000, 48000}, {44100, 44099.5}};
  for (const auto& [from, to] : RATES)
    for (const std::size_t frames : {1U, 2U, 127U, 128U, 129U, 2000U})
      for (const std::size_t channels : {1U, 2U, 5U}) {
        // Half a million frames more say nothing new.
        if (to > from * 100 && frames > 200) continue;
        CAPTURE(from); CAPTURE(to); CAPTURE(frames); CAPTURE(channels);
        const auto samples = noise(frames * channels);
        Counting control;
        const auto once = convertRate(samples, channels, from, to, control);
        CHECK(control.last == 1.0);
        CHECK(once.size() == static_cast<std::size_t>(convertedFrames(static_cast<std::int64_t>(frames), from, to)) * channels);
        RateConverter stream(channels, from, to);
        std::vector<float> pieces;
        for (std::size_t at = 0, size = 1; at < frames; at += size, size = size % 7 + 1) {
          size = std::min(size, frames - at);
          stream.push(std::span(samples).subspan(at * channels, size * channels), pieces, control);
        }
        stream.finish(pieces, control);
        CHECK(pieces == once);
        CHECK(stream.framesOut() * static_cast<std::int64_t>(channels) == static_cast<std::int64_t>(once.size()));
      }
}

TEST_CASE("a conversion stops at the next look at its control") {
  Counting soon(3);
  CHECK_THROWS_AS((void)convertRate(noise(1'000'000), 1, 48000, 16000, soon), Cancelled);
  // One frame that becomes very many, all of them at the end.
  Counting before(1);
  RateConverter steep(1, 1, 256);
  std::vector<float> out;
  CHECK_THROWS_AS(steep.push(noise(100'000), out, before), Cancelled);
}

TEST_CASE("what cannot be is refused") {
  CHECK_THROWS_AS(RateConverter(0, 48000, 16000), Refused);
  CHECK_THROWS_AS(RateConverter(65, 48000, 16000), Refused);
  CHECK_THROWS_AS(RateConverter(1, 0, 16000), Refused);
  CHECK_THROWS_AS(RateConverter(1, 1000, 256001), Refused);
}
