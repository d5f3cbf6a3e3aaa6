// Inside a cycle frames run 1:1 with the clip; at its end the phase is anchored to the song position.
#include <doctest/doctest.h>

#include <cmath>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::engine::SlotState;
using grym::segment::EventKind;

TEST_CASE("each cycle begins at the first frame after its line, at tempos without whole frames too") {
    SimulatedHost host;
    host.setTempo(123.4);
    const double cycleFrames = 2 / host.quartersPerFrame(); // 46677.47…
    const auto frames = static_cast<std::uint64_t>(std::llround(cycleFrames));
    const auto* clip = host.load(0, noiseClip(frames, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(frames * 20);
    for (int cycle = 0; cycle < 19; ++cycle) {
        const auto begin = static_cast<std::uint64_t>(std::ceil(cycle * cycleFrames - 0.005));
        CHECK(firstDifference(host, begin, *clip, 0, frames - 1) == -1);
    }
    CHECK_FALSE(host.engine.slotStatus(0).offTempo);
}

TEST_CASE("at a slower tempo the cycle is padded with silence and marked off tempo") {
    SimulatedHost host;
    host.setTempo(100); // cycle of 57600 frames, clip of 48000
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(57600 * 3);
    CHECK(host.engine.slotStatus(0).offTempo);
    for (std::uint64_t cycle = 0; cycle < 3; ++cycle) {
        const std::uint64_t begin = cycle * 57600;
        CHECK(firstDifference(host, begin, *clip, 0, 48000 - kFade) == -1);
        CHECK(firstDifference(host, begin + 48000 - kFade, *clip, 48000 - kFade, kFade) != -1); // fades into the gap
        CHECK(isSilent(host, begin + 48000, begin + 57600));
    }
}

TEST_CASE("at a faster tempo the cycle is cut and marked off tempo") {
    SimulatedHost host;
    host.setTempo(150); // cycle of 38400 frames
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.run(38400 * 3);
    CHECK(host.engine.slotStatus(0).offTempo);
    CHECK(firstDifference(host, 0, *clip, 0, 38400) == -1);
    for (std::uint64_t cycle = 1; cycle < 3; ++cycle)
        CHECK(firstDifference(host, cycle * 38400 + kFade, *clip, kFade, 38400 - kFade) == -1);
}

TEST_CASE("a tempo change inside a cycle leaves its frames alone; the next cycle follows the song") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.playing = true;
    host.noteOn(0, 0);
    host.at(24000, [&] { host.setTempo(110); });
    host.run(150000);
    const auto second = static_cast<std::uint64_t>(24000 + std::ceil(1 / host.quartersPerFrame() - 0.005));
    CHECK(firstDifference(host, 0, *clip, 0, 48000 - kFade) == -1);
    CHECK(isSilent(host, 48000, second));
    CHECK(firstDifference(host, second, *clip, 0, 40000) == -1);
}

TEST_CASE("the last sample is held over a gap that only rounding makes") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(47990, 2, true)); // 10 frames short
    host.playing = true;
    host.noteOn(0, 0);
    host.run(96000);
    CHECK(firstDifference(host, 0, *clip, 0, 47990) == -1);
    for (std::uint64_t frame = 47990; frame < 48000; ++frame) CHECK(host.left[frame] == clip->left.back());
    CHECK(firstDifference(host, 48000, *clip, 0, 40000) == -1);
}

TEST_CASE("a one-shot ends by itself and says at which frame") {
    SimulatedHost host;
    const auto* clip = host.load(2, noiseClip(12345, 1, false));
    host.playing = true;
    host.noteOn(10, 2);
    host.run(150000);
    CHECK(firstDifference(host, 96000, *clip, 0, 12345) == -1);
    CHECK(isSilent(host, 96000 + 12345, 150000));
    const auto ended = host.eventsOf(EventKind::slotEnded);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].slot == 2);
    CHECK(ended[0].frame == 96000 + 12345);
    CHECK(host.engine.slotStatus(2).state == SlotState::stopped);
}

TEST_CASE("a one-shot rings over the end of the host's loop") {
    SimulatedHost host;
    const auto* clip = host.load(0, noiseClip(30000, 0, false));
    host.settings.quantise = Quantise::beat;
    host.playing = true;
    host.loopActive = true;
    host.loopEnd = 4;
    host.locate(2.5);
    host.noteOn(0, 0);
    host.run(60000);
    CHECK(firstDifference(host, 12000, *clip, 0, 30000) == -1);
}

TEST_CASE("clips of no frames, one frame and impossible lengths do no harm") {
    SimulatedHost host;
    host.settings.quantise = Quantise::beat;
    host.load(0, noiseClip(0, 1, true));
    host.load(1, noiseClip(1, 1, true));
    host.load(2, noiseClip(1, 1e-12, true));
    host.load(3, noiseClip(100, std::numeric_limits<double>::quiet_NaN(), true));
    host.load(4, noiseClip(100, -3, true));
    host.load(5, noiseClip(0, 0, false));
    host.playing = true;
    for (std::uint32_t slot = 0; slot < 6; ++slot) host.noteOn(5, slot);
    host.at(60000, [&] { host.locate(1000); });
    host.at(61000, [&] { host.playing = false; });
    host.at(62000, [&] { host.playing = true; });
    host.run(100000);
    for (const float sample : host.left) REQUIRE(std::isfinite(sample));
    CHECK(host.launches(1).size() == 1);
}

TEST_CASE("four slots sound together, sample for sample the sum of their clips") {
    SimulatedHost host;
    host.input = [](std::uint64_t frame, int channel) { return channel == 0 ? 0.25f : static_cast<float>(frame % 7); };
    std::vector<const grym::engine::Clip*> clips;
    for (std::uint32_t slot = 0; slot < 4; ++slot) {
        clips.push_back(host.load(slot, noiseClip(24000, 1, true, slot + 1)));
        host.noteOn(0, slot);
    }
    host.playing = true;
    host.run(24000);
    for (std::uint64_t frame = 0; frame < 24000; ++frame) {
        float left = 0.25f, right = static_cast<float>(frame % 7);
        for (const auto* clip : clips) {
            left += clip->left[frame];
            right += clip->right[frame];
        }
        REQUIRE(host.left[frame] == left);
        REQUIRE(host.right[frame] == right);
    }
}
