// process() of the real bundles: no heap, no lock, no system call, while it launches, jumps and takes parameters.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <thread>

#include <unistd.h>

#include "bundle_under_test.hpp"
#include "watched_call.hpp"

using namespace grym::test;
namespace segment = grym::segment;

namespace {

struct Format {
    const char* name;
    OpenHost open;
};
constexpr Format kFormats[] = {{"LV2", openLv2}, {"CLAP", openClap}, {"VST3 effect", openVst3Effect}, {"VST3 instrument", openVst3Instrument}};

/** Notes, jumps, stops and parameters in turn; the same in every round, so that the host's own buffers are there after one. */
void playRound(BundleUnderTest& bundle) {
    PluginHost& host = bundle.host();
    for (std::uint32_t block = 0; block < 64; ++block) {
        HostMoment moment;
        moment.playing = block % 16 < 12;
        moment.songQuarters = block % 8 == 0 ? 15.999 : block * 512.0 / 24000;
        moment.barStartQuarters = block % 8 == 0 ? 12 : 0;
        moment.songFrame = static_cast<std::int64_t>(moment.songQuarters * 24000);
        host.setParameter(block % 8, block / 64.0);
        host.setParameter(10, block % 4);
        if (block % 5 == 0) // what makes the effect sound, which takes no notes
            bundle.command(block % 2 == 0 ? segment::CommandKind::launch : segment::CommandKind::stop, segment::CommandWhen::beat);
        host.process(512, {moment}, {{block % 512, static_cast<std::uint8_t>(block % 3 == 0 ? 0x80 : 0x90), 36, 100}});
    }
}

} // namespace

TEST_CASE("the watch sees what it should see") {
    const ForbiddenCalls before = forbiddenCalls();
    {
        const WatchedCall watch;
        void* volatile memory = std::malloc(100); // volatile, or the compiler leaves both out
        std::free(memory);
    }
    CHECK(forbiddenCalls().heap == before.heap + 2);
    {
        // Inside a bundle too: its first activation makes threads and takes locks.
        const TestFolder folder;
        const auto host = openClap();
        const WatchedCall watch;
        host->activate(48000, 512);
    }
    CHECK(forbiddenCalls().heap > before.heap + 2);
    CHECK(forbiddenCalls().lock > before.lock);
    std::thread([] {
        REQUIRE(trapSystemCallsOfThisThread());
        const WatchedCall watch;
        (void)::getppid();
    }).join();
    CHECK(forbiddenCalls().system == before.system + 1);
}

TEST_CASE("process() calls neither heap nor locks nor the system") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        BundleUnderTest bundle(format.open, 48000, 512);
        (void)bundle.segment();
        bundle.loadConstantClip();
        const ForbiddenCalls before = forbiddenCalls();
        bool trapped = false;
        std::thread([&] {
            for (int round = 0; round < 3; ++round)
                playRound(bundle);
            trapped = trapSystemCallsOfThisThread();
            for (int round = 0; round < 10; ++round)
                playRound(bundle);
        }).join();
        REQUIRE(trapped);
        CHECK(forbiddenCalls().heap == before.heap);
        CHECK(forbiddenCalls().lock == before.lock);
        CHECK(forbiddenCalls().system == before.system);
    }
}
