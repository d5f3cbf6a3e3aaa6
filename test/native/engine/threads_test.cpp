// Audio, worker, daemon and a status reader as threads at once; built with ThreadSanitizer too. No clip or segment is lost.
#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

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

TEST_CASE("a clip that was posted before a launch is in its slot when the launch is obeyed, whenever both arrive") {
    using namespace grym::engine;
    using namespace grym::segment;
    static constexpr std::uint32_t kBlock = 16384; // long: between its start and its commands much time goes by
    Engine engine;
    engine.prepare(48000, kBlock);
    SegmentProblem problem;
    auto writer = SegmentWriter::create({"engine-order", 48000, kBlock, 1.0, 1}, problem);
    REQUIRE(writer);
    auto reader = SegmentReader::attach(writer->name(), problem);
    REQUIRE(reader);
    REQUIRE(engine.postSegment(writer.get()));
    std::atomic<bool> done{false};
    std::thread audio([&] {
        std::vector<float> left(kBlock), right(kBlock);
        float* channels[2] = {left.data(), right.data()};
        ProcessBlock block;
        block.inputs = block.outputs = channels;
        block.frames = kBlock;
        while (!done.load(std::memory_order_relaxed)) engine.process(block, {});
    });
    std::uint64_t refused = 0;
    std::uint64_t armed = 0;
    const auto readEvents = [&] {
        Event event;
        while (reader->popEvent(event) == ReadResult::ok) {
            if (event.kind == EventKind::refused) ++refused;
            if (event.kind == EventKind::armed) ++armed;
        }
    };
    static constexpr std::uint64_t kRounds = 1000;
    for (std::uint64_t round = 1; round <= kRounds; ++round) {
        auto clip = std::make_unique<Clip>();
        clip->left.assign(10, 0.0f);
        clip->right = clip->left;
        while (!engine.postClip(0, clip.get())) std::this_thread::yield();
        (void)clip.release();
        Command launch{};
        launch.kind = CommandKind::launch;
        launch.when = CommandWhen::songPosition;
        launch.songQuarters = 1000;
        REQUIRE(engine.postCommand(launch));
        while (armed + refused < round) readEvents();
        while (!engine.postClip(0, nullptr)) std::this_thread::yield();
        while (engine.slotStatus(0).state != SlotState::empty) readEvents();
        while (Clip* old = engine.collectRetired()) delete old;
    }
    done = true;
    audio.join();
    CHECK(refused == 0);
    CHECK(armed == kRounds);
}
