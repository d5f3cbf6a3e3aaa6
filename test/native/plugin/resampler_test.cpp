#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <thread>

#include "session/resampler.hpp"
#include "timing.hpp"

using grym::bridge::resample;
using grym::bridge::WavAudio;
using grym::test::quickestOf;
using grym::test::timeOf;

namespace {

constexpr double kPi = 3.14159265358979323846;

/** Whole periods, so that the loop has no seam. */
WavAudio sineLoop(double rate, std::size_t frames, int periods) {
    WavAudio audio;
    audio.sampleRate = rate;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        const double phase = 2 * kPi * periods * static_cast<double>(frame) / static_cast<double>(frames);
        audio.left.push_back(static_cast<float>(0.5 * std::sin(phase)));
        audio.right.push_back(static_cast<float>(0.5 * std::cos(phase)));
    }
    return audio;
}

} // namespace

TEST_CASE("the length is round(frames × ratio) and a loop's seam is as exact as its middle") {
    const std::atomic<bool> going{false};
    for (const auto& [from, to, frames] : {std::tuple{48000.0, 44100.0, 96000u}, {44100.0, 48000.0, 88200u}, {48000.0, 96000.0, 24000u},
             {48000.0, 44100.0, 46677u}, {96000.0, 44100.0, 10007u},
             {48000.0, 44100.0, 1'000'003u}, {96000.0, 48000.0, 262'145u}}) {
        WavAudio audio = sineLoop(from, frames, 40);
        std::string problem;
        REQUIRE(resample(audio, to, true, going, problem));
        const auto expected = static_cast<std::size_t>(std::llround(frames * to / from));
        REQUIRE(audio.left.size() == expected);
        REQUIRE(audio.right.size() == expected);
        CHECK(audio.sampleRate == to);
        const WavAudio ideal = sineLoop(to, expected, 40);
        double worst = 0;
        for (std::size_t frame = 0; frame < expected; ++frame) {
            worst = std::max(worst, static_cast<double>(std::fabs(audio.left[frame] - ideal.left[frame])));
            worst = std::max(worst, static_cast<double>(std::fabs(audio.right[frame] - ideal.right[frame])));
        }
        CAPTURE(from);
        CAPTURE(frames);
        CHECK(worst < 1e-4); // −80 dB anywhere, the seam included
    }
}

TEST_CASE("at the host's own rate nothing is touched") {
    const std::atomic<bool> going{false};
    WavAudio audio = sineLoop(48000, 1000, 7);
    const WavAudio before = audio;
    std::string problem;
    REQUIRE(resample(audio, 48000, true, going, problem));
    CHECK(audio.left == before.left);
}

TEST_CASE("a long conversion is given up at once when it is cancelled") {
    const WavAudio source = sineLoop(48000, 48000 * 15, 600);
    std::string problem;
    const std::atomic<bool> going{false};
    WavAudio converted = source;
    const auto whole = timeOf([&] { CHECK(resample(converted, 44100, false, going, problem)); });
    const auto cancelledEarly = [&] {
        std::atomic<bool> cancelled{false};
        WavAudio audio = source;
        std::thread canceller([&] {
            std::this_thread::sleep_for(whole / 20);
            cancelled = true;
        });
        const auto taken = timeOf([&] { CHECK_FALSE(resample(audio, 44100, false, cancelled, problem)); });
        canceller.join();
        return taken;
    };
    CHECK(quickestOf(cancelledEarly, whole / 3) < whole / 3);
}
