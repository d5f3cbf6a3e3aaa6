// The workshop's edges, for the sanitizers above all: lengths of one frame and up, strange rates, files that lie.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "analysis.hpp"
#include "fit.hpp"
#include "maths.hpp"
#include "patient.hpp"
#include "random.hpp"
#include "sound_file.hpp"
#include "vary.hpp"

using namespace grym::dsp;

namespace {

/** Stops after so many looks at it. */
class Impatient : public Control {
 public:
  explicit Impatient(int looks) : looks_(looks) {}
  void progress(double) override { checkpoint(); }
  bool cancelled() const override { return --looks_ < 0; }

 private:
  mutable int looks_;
};

Sound soundFor(std::size_t channels, std::int64_t frames, double rate) {
  const Random random(3, "workshop-test");
  std::vector<float> samples(channels * static_cast<std::size_t>(frames));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double seconds = static_cast<double>(i / channels) / rate;
    const double stroke = expOf(-20.0 * fraction(seconds * 2.0));
    samples[i] = static_cast<float>(0.4 * stroke * (sinTurns(seconds * 220.0) + 0.3 * random.bipolar(i)));
  }
  return soundOf(samples, channels, rate);
}

std::filesystem::path scratch(const char* name) { return std::filesystem::temp_directory_path() / ("grym-workshop-" + std::to_string(getpid()) + "-" + name); }

}  // namespace

TEST_CASE("analysis of every small length and of every rate stays within its memory") {
  for (const double rate : {4000.0, 8000.0, 44100.0, 192000.0, 768000.0})
    for (const std::int64_t frames : {1, 2, 3, 63, 64, 65, 255, 1000, 4095, 20000}) {
      CAPTURE(rate);
      CAPTURE(frames);
      Patient control;
      const Analysis found = analyse(soundFor(frames % 2 == 0 ? 2 : 1, frames, rate), control);
      CHECK(found.durationSeconds == doctest::Approx(static_cast<double>(frames) / rate));
      CHECK((found.descriptors.empty() || found.descriptors.size() == 48));
    }
}

TEST_CASE("fit and variation keep to the frame what they were asked for") {
  for (const std::int64_t frames : {1, 7, 500, 9000})
    for (const std::int64_t target : {1, 6, 501, 20000})
      for (const bool loop : {false, true})
        for (const double ratio : {0.25, 1.0, 1.37, 4.0}) {
          CAPTURE(frames);
          CAPTURE(target);
          CAPTURE(loop);
          CAPTURE(ratio);
          Patient control;
          FitPlan plan;
          plan.tempoRatio = ratio;
          plan.semitones = ratio == 1.0 ? 0.0 : 3.0;
          plan.targetFrames = target;
          plan.seamlessLoop = loop;
          plan.targetLoudnessLufs = -14.0;
          CHECK(fit(soundFor(2, frames, 8000.0), plan, control).sound.frames() == target);
        }
  for (const bool continuation : {false, true})
    for (const std::int64_t target : {1, 100, 20000}) {
      Patient control;
      CHECK(vary(soundFor(1, 8000, 8000.0), {9, 1.0, {1, 1000, 1001, 4000, 7999}, target, continuation}, control).sound.frames() == target);
    }
}

TEST_CASE("a cancel ends all work, wherever it comes") {
  const Sound sound = soundFor(2, 96000, 24000.0);
  for (int looks = 0; looks < 60; looks += 3) {
    Impatient first(looks), second(looks);
    CHECK_THROWS_AS(analyse(sound, first), Cancelled);
    FitPlan plan;
    plan.tempoRatio = 1.3;
    plan.targetLoudnessLufs = -14.0;
    if (looks < 20) CHECK_THROWS_AS(fit(sound, plan, second), Cancelled);
  }
}

TEST_CASE("files that lie are read or refused") {
  const auto path = scratch("seed"), hostile = scratch("hostile");
  const auto samples = interleave(soundFor(2, 3000, 44100.0));
  const Random random(11, "hostile");
  std::uint64_t draw = 0;
  for (const char* format : {"wav-16", "wav-float32", "flac-16"}) {
    Patient control;
    std::filesystem::remove(path);
    const auto written = writeSoundFile(path, samples, 2, 44100, format, {{"title", "seed"}, {"tempo", "120"}}, control);
    std::vector<char> seed(static_cast<std::size_t>(written.bytes));
    std::ifstream(path, std::ios::binary).read(seed.data(), written.bytes);
    for (int round = 0; round < 300; ++round) {
      auto bytes = seed;
      if (round % 4 == 0) bytes.resize(1 + static_cast<std::size_t>(random.uniform(draw++) * static_cast<double>(seed.size() - 1)));
      const std::size_t reach = round % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 120);
      for (int i = 0; i < 3; ++i) {
        const auto place = static_cast<std::size_t>(random.uniform(draw++) * static_cast<double>(reach));
        bytes[place] = static_cast<char>(random.bits(draw++));
      }
      std::ofstream(hostile, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      try {
        Patient reading;
        const auto content = readSoundFile(hostile, reading);
        CHECK(content.interleaved.size() % static_cast<std::size_t>(content.channels) == 0);
      } catch (const FileFault& fault) {
        CHECK(std::string(fault.what()).size() > 3);
      }
    }
  }
  std::filesystem::remove(path);
  std::filesystem::remove(hostile);
}
