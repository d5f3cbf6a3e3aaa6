// The dry signal, the capture, gains.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "simulated_host.hpp"

using namespace grym::test;
using grym::engine::Quantise;
using grym::segment::CommandKind;
using grym::segment::CommandWhen;
using grym::segment::ReadResult;

namespace {

float counter(std::uint64_t frame, int channel) { return static_cast<float>(frame % 4096) / 4096 * (channel == 0 ? 1.0f : -1.0f); }

} // namespace

TEST_CASE("the input reaches the output and, before the slots are mixed in, the capture") {
    for (const bool inPlace : {false, true}) {
        SimulatedHost host;
        host.inPlace = inPlace;
        host.input = counter;
        host.settings.quantise = Quantise::none;
        host.load(0, noiseClip(48000, 2, true));
        host.noteOn(2000, 0);
        host.run(4000);
        for (std::uint64_t frame = 0; frame < 2000; ++frame) {
            REQUIRE(host.left[frame] == counter(frame, 0));
            REQUIRE(host.right[frame] == counter(frame, 1));
        }
        std::vector<float> captured(8000);
        REQUIRE(host.reader->readCapture(0, 4000, captured.data()) == ReadResult::ok);
        for (std::uint64_t frame = 0; frame < 4000; ++frame) {
            REQUIRE(captured[2 * frame] == counter(frame, 0));
            REQUIRE(captured[2 * frame + 1] == counter(frame, 1));
        }
    }
}

TEST_CASE("crossed in-place buffers, shared ones and missing inputs are handled") {
    grym::engine::Engine engine;
    engine.prepare(48000, 64);
    grym::engine::Settings settings;
    float one[4] = {1, 2, 3, 4}, two[4] = {5, 6, 7, 8};
    const float* inputs[2] = {one, two};
    float* outputs[2] = {two, one};
    grym::engine::ProcessBlock block;
    block.inputs = inputs;
    block.outputs = outputs;
    block.frames = 4;
    engine.process(block, settings);
    CHECK(two[0] == 1);
    CHECK(one[3] == 8);
    float third[4] = {};
    outputs[0] = two; // the right input's buffer
    outputs[1] = third;
    engine.process(block, settings);
    CHECK(third[3] == 4);
    CHECK(two[3] == 8);
    block.inputs = nullptr;
    engine.process(block, settings);
    CHECK(two[0] == 0);
    CHECK(third[0] == 0);
    const float* onlyLeft[2] = {one, nullptr};
    block.inputs = onlyLeft;
    engine.process(block, settings);
    CHECK(two[0] == one[0]);
    CHECK(third[0] == 0);
}

TEST_CASE("NaN and infinities in the input pass through and leave the slots alone") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    host.input = [](std::uint64_t frame, int) {
        if (frame < 500) return std::numeric_limits<float>::quiet_NaN();
        return frame < 1000 ? std::numeric_limits<float>::infinity() : 0.0f;
    };
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    host.noteOn(100, 0);
    host.run(5000);
    CHECK(std::isnan(host.left[300]));
    CHECK(firstDifference(host, 1000, *clip, 900, 4000) == -1);
}

TEST_CASE("a block without frames takes mail, parameters and notes, and moves nothing") {
    grym::engine::Engine engine;
    engine.prepare(48000, 64);
    grym::engine::Settings settings;
    settings.quantise = Quantise::none;
    auto clip = noiseClip(1000, 1, false);
    const auto* raw = clip.release();
    REQUIRE(engine.postClip(0, const_cast<grym::engine::Clip*>(raw)));
    grym::engine::MidiMessage note{0, 3, {0x90, 36, 100}};
    grym::engine::ProcessBlock empty;
    empty.midi = &note;
    empty.midiCount = 1;
    engine.process(empty, settings);
    CHECK(engine.framesProcessed() == 0);
    float left[8], right[8];
    float* outputs[2] = {left, right};
    grym::engine::ProcessBlock block;
    block.outputs = outputs;
    block.frames = 8;
    engine.process(block, settings);
    for (int index = 0; index < 8; ++index) CHECK(left[index] == raw->left[static_cast<std::size_t>(index)]);
}

TEST_CASE("the slot level is exact at 0 dB and moves in a ramp") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    auto clip = noiseClip(48000, 2, true);
    for (auto* channel : {&clip->left, &clip->right}) std::fill(channel->begin(), channel->end(), 0.5f);
    host.load(0, std::move(clip));
    host.noteOn(0, 0);
    host.at(1000, [&] { host.settings.slotLevelDb = -6; });
    host.run(3000);
    host.settings.slotLevelDb = 0;
    host.run(2000);
    CHECK(host.left[999] == 0.5f);
    CHECK(host.left[2900] == doctest::Approx(0.5 * std::pow(10, -0.3)).epsilon(1e-6));
    CHECK(host.left[4900] == 0.5f);
    CHECK(largestStep(host, 1, 5000) < 0.5f / kFade);
}

TEST_CASE("a gain sent for one slot holds for that slot; −90 dB is silence") {
    SimulatedHost host;
    host.settings.quantise = Quantise::none;
    const auto* clip = host.load(0, noiseClip(48000, 2, true));
    auto gain = host.command(CommandKind::gain, 0, CommandWhen::now);
    gain.value = 20 * std::log10(2.0); // + 6.02 dB
    host.send(gain);
    host.run(10);
    host.noteOn(100, 0);
    host.run(1000);
    for (std::uint64_t frame = 0; frame < 900; ++frame) // from silence: no ramp at the launched frame
        REQUIRE(host.left[100 + frame] == doctest::Approx(2 * clip->left[frame]).epsilon(1e-6));
    gain.value = -90;
    host.send(gain);
    host.run(2000);
    CHECK(isSilent(host, 1500, 3000));
}
