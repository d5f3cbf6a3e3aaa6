// Audio, worker, daemon and a status reader as threads at once; built with ThreadSanitizer too. No clip or segment is lost.
#include <doctest/doctest.h>

#include <thread>

#include "varied_scenario.hpp"

using namespace grym::test;

static constexpr std::uint64_t kAllStates = 0b11111; // empty, stopped, armed, playing, paused

TEST_CASE("the engine's mailboxes carry everything over and back while audio runs") {
    grym::engine::Engine engine;
    engine.prepare(48000, 1024);
    AudioScript audio(engine);
    WorkerScript worker(engine);
    DaemonScript daemon(worker);
    std::atomic<bool> done{false}, drained{false};
    std::atomic<std::uint64_t> statesSeen{0};

    std::thread audioThread([&] {
        while (!drained.load(std::memory_order_relaxed)) {
            audio.prepareBlock();
            audio.process();
            audio.finishBlock();
            const bool allSeen = statesSeen.load(std::memory_order_relaxed) == kAllStates;
            if (audio.blocks() >= (allSeen ? 20'000 : 5'000'000)) done.store(true, std::memory_order_relaxed);
        }
    });
    std::thread daemonThread([&] {
        while (!done.load(std::memory_order_relaxed)) {
            daemon.step();
            std::this_thread::yield();
        }
    });
    std::thread readerThread([&] {
        while (!done.load(std::memory_order_relaxed)) {
            for (std::uint32_t slot = 0; slot < grym::engine::kSlots; ++slot)
                statesSeen.fetch_or(1ull << static_cast<unsigned>(engine.slotStatus(slot).state), std::memory_order_relaxed);
            std::this_thread::yield();
        }
    });
    while (!done.load(std::memory_order_relaxed) || worker.clipsPosted() < 500) {
        worker.step();
        std::this_thread::yield();
    }
    daemonThread.join();
    readerThread.join();
    while (!worker.drain()) std::this_thread::yield();
    drained = true;
    audioThread.join();

    CHECK(audio.outputIsFinite());
    CHECK(worker.clipsCollected() == worker.clipsPosted());
    CHECK(statesSeen.load() == kAllStates); // each was seen from outside
    CHECK(daemon.events(grym::segment::EventKind::launched) > 0);
}
