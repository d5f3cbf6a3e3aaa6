#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "reference_meter.hpp"
#include "render.hpp"
#include "resample.hpp"

using namespace grym::dsp;

namespace {

class CountingControl : public Control {
 public:
  explicit CountingControl(int stopAfter = 1 << 30) : stopAfter_(stopAfter) {}
  void progress(double fraction) override { last = fraction; checkpoint(); }
  bool cancelled() const override { return ++looks > stopAfter_; }
  double last = 0.0;
  mutable int looks = 0;

 private:
  int stopAfter_;
};

}  // namespace

TEST_CASE("levels by libebur128: tonal loops at -18 LUFS, drums peak at -6 dBTP, at most 3 dB of limiting") {
  for (std::uint32_t i = 0; i < INSTRUMENT_COUNT; ++i)
    for (const auto& [seed, rate, genre] : {std::tuple{1, 48000.0, Genre::none}, {2, 44100.0, Genre::techno}, {3, 96000.0, Genre::lofi}, {4, 22050.0, Genre::ambient}, {5, 8000.0, Genre::trap}}) {
      const auto& spec = instrumentSpec(static_cast<Instrument>(i));
      CAPTURE(spec.name);
      CAPTURE(seed);
      CAPTURE(rate);
      Music music;
      music.sampleRate = rate;
      music.seed = static_cast<std::uint64_t>(seed);
      music.genre = genre;
      Parameters parameters(spec.id);
      applyGenre(parameters, genre);
      CountingControl control;
      const auto rendered = render(music, parameters, control);
      const auto meter = meterReading(rendered.interleaved, rate, true);
      CHECK(control.last == 1.0);
      CHECK(rendered.level.limitedDb <= MOST_LIMITING_DB);
      if (spec.tonal) {
        CHECK(std::fabs(meter.lufs - TONAL_LUFS) <= 1.0);
        CHECK(meter.peakDbtp <= CEILING_DBTP + 0.2);
      } else {
        CHECK(rendered.level.limitedDb == 0.0);
        CHECK(std::fabs(meter.peakDbtp - DRUM_PEAK_DBTP) <= 0.2);
      }
    }
}

namespace {

/** The most that any frame lost against the frame that lost least, in dB: what a limiter took, seen from outside. */
double takenAway(const Mix& before, const std::vector<float>& left, const std::vector<float>& right) {
  double least = 1e300, most = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i)
    for (const auto& [in, out] : {std::pair{before.left[i], left[i]}, {before.right[i], right[i]}}) {
      if (std::fabs(in) < 1e-3F) continue;
      const double gain = static_cast<double>(out) / static_cast<double>(in);
      least = std::min(least, gain);
      most = std::max(most, gain);
    }
  return most > 0.0 ? 20.0 * std::log10(most / least) : 0.0;
}

/** Renders, and judges the level by libebur128 and from outside. */
void judgeLevel(const Music& music, const Parameters& parameters) {
  CountingControl control;
  auto mix = mixDown(music, parameters, control);
  auto left = mix.left, right = mix.right;
  const bool tonal = instrumentSpec(parameters.instrument()).tonal;
  const auto level = levelOut(left, right, music.sampleRate, tonal, music.loop, control);
  std::vector<float> interleaved;
  for (std::size_t i = 0; i < left.size(); ++i) { interleaved.push_back(left[i]); interleaved.push_back(right[i]); }
  const auto meter = meterReading(interleaved, music.sampleRate, true);
  CHECK(level.limitedDb <= MOST_LIMITING_DB);
  if (tonal) {
    CHECK(std::fabs(meter.lufs - TONAL_LUFS) <= 1.0);
    CHECK(meter.peakDbtp <= CEILING_DBTP + 0.2);
    if (!level.rounded) CHECK(takenAway(mix, left, right) <= MOST_LIMITING_DB);
  } else {
    CHECK(std::fabs(meter.peakDbtp - DRUM_PEAK_DBTP) <= 0.2);
    CHECK(takenAway(mix, left, right) <= 0.01);
  }
}

}  // namespace

TEST_CASE("levels hold on every instrument, in every genre, and at both ends of every parameter") {
  for (std::uint32_t i = 0; i < INSTRUMENT_COUNT; ++i) {
    const auto& spec = instrumentSpec(static_cast<Instrument>(i));
    CAPTURE(spec.name);
    Music music;
    music.sampleRate = 22050.0;
    music.bars = 1;
    for (std::uint32_t genre = 0; genre < GENRE_COUNT; ++genre) {
      music.genre = static_cast<Genre>(genre);
      CAPTURE(genreName(music.genre));
      Parameters parameters(spec.id);
      applyGenre(parameters, music.genre);
      judgeLevel(music, parameters);
    }
    for (std::size_t row = 0; row < spec.parameters.size(); ++row)
      for (const double move : {-2.0, 2.0}) {
        // The genres take turns: each end of a parameter meets another one.
        music.genre = static_cast<Genre>((row * 2 + (move > 0.0 ? 1 : 0)) % GENRE_COUNT);
        CAPTURE(genreName(music.genre));
        CAPTURE(parameterName(spec.parameters[row].id));
        CAPTURE(move);
        Parameters parameters(spec.id);
        applyGenre(parameters, music.genre);
        parameters.move(spec.parameters[row].id, move);
        judgeLevel(music, parameters);
      }
    for (const double move : {-2.0, 2.0}) {
      CAPTURE(move);
      Parameters parameters(spec.id);
      // Levels of an instrument's own sources stay: with all of them at 0 it is silent, as it should be.
      for (const auto& row : spec.parameters)
        if (!row.effect.starts_with("level of")) parameters.move(row.id, move);
      judgeLevel(music, parameters);
    }
  }
}

TEST_CASE("a cancel is seen soon, wherever the render is") {
  Music music;
  music.bars = 16;
  for (std::uint32_t i = 0; i < INSTRUMENT_COUNT; ++i) {
    CAPTURE(instrumentSpec(static_cast<Instrument>(i)).name);
    for (const int looks : {0, 5, 200}) {
      CountingControl control(looks);
      CHECK_THROWS_AS(render(music, Parameters(static_cast<Instrument>(i)), control), Cancelled);
    }
  }
}

TEST_CASE("renders in two threads do not touch each other") {
  Music music;
  music.bars = 1;
  CountingControl alone;
  const auto expected = render(music, Parameters(Instrument::drums), alone).interleaved;
  std::vector<float> results[2];
  std::thread threads[2];
  for (int i = 0; i < 2; ++i)
    threads[i] = std::thread([&, i] { CountingControl control; results[i] = render(music, Parameters(Instrument::drums), control).interleaved; });
  for (auto& thread : threads) thread.join();
  CHECK(results[0] == expected);
  CHECK(results[1] == expected);
}

TEST_CASE("decimation keeps what is below and removes what is above") {
  const auto level = [](double hertz) {
    std::vector<float> input(96000);
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(std::sin(2.0 * 3.14159265358979 * hertz * static_cast<double>(i) / 96000.0));
    double energy = 0.0;
    for (const float value : decimate(input, 2, true)) energy += static_cast<double>(value) * static_cast<double>(value);
    return 10.0 * std::log10(energy / 24000.0 + 1e-20);
  };
  CHECK(level(1000.0) == doctest::Approx(0.0).scale(1.0).epsilon(0.05));
  CHECK(level(18000.0) == doctest::Approx(0.0).scale(1.0).epsilon(0.3));
  CHECK(level(30000.0) < -80.0);
  CHECK(level(40000.0) < -80.0);
}

TEST_CASE("every instrument has at least eight documented parameters, each within its range") {
  for (std::uint32_t i = 0; i < INSTRUMENT_COUNT; ++i) {
    const auto& spec = instrumentSpec(static_cast<Instrument>(i));
    CAPTURE(spec.name);
    CHECK(spec.parameters.size() >= 8);
    for (const auto& row : spec.parameters) {
      CAPTURE(parameterName(row.id));
      CHECK(row.minimum < row.maximum);
      CHECK(row.initial >= row.minimum);
      CHECK(row.initial <= row.maximum);
      CHECK(row.effect.size() > 3);
      CHECK((row.curve == Curve::linear || row.minimum > 0.0));
      CHECK(row.denormalise(row.normalise(row.initial)) == doctest::Approx(row.initial));
    }
  }
}
