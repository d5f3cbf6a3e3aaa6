// Projects: state in every format, and the odd habits of hosts around it.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "bundle_under_test.hpp"
#include "session/project_state.hpp"
#include "timing.hpp"

using namespace grym::test;
namespace bridge = grym::bridge;

namespace {

struct Format {
    const char* name;
    OpenHost open;
};
constexpr Format kFormats[] = {{"LV2", openLv2}, {"CLAP", openClap}, {"VST3 effect", openVst3Effect}, {"VST3 instrument", openVst3Instrument}};

std::string fullState() {
    bridge::ProjectState state;
    state.bridgeId = "01234567-89ab-4cde-8f01-23456789abcd";
    for (std::uint32_t index = 0; index < bridge::kSlots; ++index) {
        bridge::ProjectSlot slot;
        slot.clip.hash = std::string(64, static_cast<char>('0' + index % 10));
        slot.clip.path = "/nowhere/Ünïcode \"quoted\" \n " + std::string(500, 'p') + ".wav";
        slot.clip.name = "clip " + std::to_string(index);
        slot.clip.sampleRate = 48000;
        slot.clip.channels = 2;
        slot.clip.frames = 96000 + index;
        slot.clip.tempoBpm = 120.5;
        slot.clip.quarterNotes = 8;
        slot.clip.loop = index % 2 == 0;
        slot.revision = 1000 + index;
        if (index == 3)
            slot.armedSongQuarters = 16.5;
        state.slots[index] = slot;
    }
    return bridge::writeProjectState(state);
}

} // namespace

TEST_CASE("a project comes back as it was saved, before activation and after it") {
    const std::string state = fullState();
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto first = format.open();
        first->setBridgeState(state);
        CHECK(first->bridgeState() == state);
        const std::string saved = first->saveState();

        const auto second = format.open();
        second->activate(44100, 256);
        second->process(256, {}, {});
        second->loadState(saved);
        CHECK(second->bridgeState() == state);
        CHECK(second->saveState() == saved);
    }
}

TEST_CASE("every new instance is a bridge of its own") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        CHECK(format.open()->bridgeState() != format.open()->bridgeState());
    }
}

TEST_CASE("a state that is not ours leaves the plugin as it is") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        const std::string before = host->bridgeState();
        for (const std::string& text : {std::string("{}"), std::string("nonsense"), std::string("{\"version\":99,\"bridgeId\":\"x\"}"),
                 std::string(5000, '['), std::string("{\"version\":1,\"bridgeId\":7}")}) {
            host->setBridgeState(text);
            CHECK(host->bridgeState() == before);
        }
    }
}

TEST_CASE("parameters keep their values through a project and are kept in their ranges") {
    for (const Format& format : kFormats) {
        if (std::string(format.name) == "LV2")
            continue; // there the host keeps parameters
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        host->activate(48000, 64);
        host->setParameter(0, 0.25);
        host->setParameter(8, -12.5);
        host->setParameter(9, 2);
        host->setParameter(11, 64);
        host->process(64, {}, {});
        const std::string saved = host->saveState();
        const auto other = format.open();
        other->loadState(saved);
        CHECK(other->parameter(0) == doctest::Approx(0.25).epsilon(1e-5));
        CHECK(other->parameter(8) == doctest::Approx(-12.5).epsilon(1e-5));
        CHECK(other->parameter(9) == 2);
        CHECK(other->parameter(11) == 64);
    }
}

TEST_CASE("parameters reach the plugin without audio, and every one can be set") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        host->activate(48000, 64);
        for (std::uint32_t index = 0; index < 8; ++index)
            host->setParameter(index, 0.125 * index);
        host->setParameter(10, 3);
        host->process(0, {}, {});
        for (std::uint32_t index = 0; index < 8; ++index)
            CHECK(host->parameter(index) == doctest::Approx(0.125 * index).epsilon(1e-5));
        CHECK(host->parameter(10) == 3);
    }
}

TEST_CASE("blocks of any size, activation on and off, and no frames at all") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        for (int round = 0; round < 5; ++round) {
            host->activate(round % 2 == 0 ? 48000 : 96000, 512);
            for (const std::uint32_t frames : {0u, 1u, 512u, 3u, 0u, 511u, 64u})
                host->process(frames, round == 1 ? std::vector<HostMoment>{} : std::vector<HostMoment>{HostMoment{}}, {});
            host->deactivate();
        }
    }
}

TEST_CASE("an instance is gone within 200 ms") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const auto end = [&] {
            const TestFolder folder;
            auto host = format.open();
            host->activate(48000, 512);
            for (int block = 0; block < 100; ++block)
                host->process(512, {HostMoment{}}, {});
            return timeOf([&] { host.reset(); });
        };
        constexpr std::chrono::milliseconds limit{200};
        CHECK(quickestOf(end, limit) < limit);
    }
}
