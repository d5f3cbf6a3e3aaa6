// The worker with a real engine, a real model and real files; the audio thread is this one.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <thread>

#include "session/worker.hpp"
#include "test_clip.hpp"

using namespace grym::bridge;
namespace engine = grym::engine;
namespace protocol = grym::protocol;
namespace segment = grym::segment;

namespace {

constexpr std::uint32_t kFrames = 256;

/** Worker, engine and model of one instance; `loading` is called whenever the worker has begun on a slot. */
struct Workshop {
    engine::Engine engine;
    BridgeModel model{InstanceFacts{}};
    std::function<void()> loading = [] {};
    Worker worker{engine, model, WorkerEvents{[this] { loading(); }, [] {}}};
    double songQuarters = 0;

    Workshop() { worker.prepareEngine({48000, kFrames}); }
    ~Workshop() {
        worker.stop();
        engine.takeMail();
    }

    void process() {
        static const float silence[kFrames] = {};
        float left[kFrames];
        float right[kFrames];
        const float* inputs[2] = {silence, silence};
        float* outputs[2] = {left, right};
        engine::TransportPoint point{};
        point.playing = true;
        point.musicalPositionKnown = true;
        point.songQuarters = songQuarters;
        point.tempoBpm = 120;
        point.numerator = 4;
        point.denominator = 4;
        engine::ProcessBlock block;
        block.inputs = inputs;
        block.outputs = outputs;
        block.frames = kFrames;
        block.points = &point;
        block.pointCount = 1;
        engine.process(block, {});
        songQuarters += kFrames / 24000.0;
    }

    /** Audio goes on until `condition` holds. */
    template <typename Condition>
    bool eventually(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            process();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return condition();
    }

    double armed() { return engine.slotStatus(0).armedSongQuarters; }
    void arm(double quarters) {
        segment::Command command{};
        command.kind = segment::CommandKind::launch;
        command.when = segment::CommandWhen::songPosition;
        command.songQuarters = quarters;
        REQUIRE(engine.postCommand(command));
    }
    protocol::SlotState slotState() {
        std::uint64_t version = 0;
        const auto reports = model.slotsChangedSince(version);
        return reports.empty() ? protocol::SlotState::empty : reports[0].state;
    }
    bool isReady(std::uint64_t revision) {
        return slotState() == protocol::SlotState::ready && engine.slotStatus(0).clipRevision == revision;
    }
};

ProjectState projectWith(const protocol::ClipReference& clip, std::uint64_t revision, std::optional<double> armed) {
    ProjectState state;
    state.bridgeId = createBridgeId();
    state.slots[0] = ProjectSlot{clip, revision, armed};
    return state;
}

protocol::LoadSlot loadOf(const protocol::ClipReference& clip, std::uint64_t revision) {
    protocol::LoadSlot message;
    message.revision = revision;
    message.clip = clip;
    return message;
}

} // namespace

TEST_CASE("a launch that is over when another clip comes is not armed again") {
    const TestClip first(24000);
    const TestClip second(12000);
    std::atomic<bool> began{false};
    std::atomic<bool> goOn{true};
    Workshop shop;
    shop.loading = [&] {
        began = true;
        while (!goOn)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    shop.model.takeProjectState(projectWith(first.reference, 1, 1.0));
    shop.worker.start();
    REQUIRE(shop.eventually([&] { return shop.armed() == 1.0; }));
    // The launch happens while the other clip is being loaded.
    began = false;
    goOn = false;
    shop.model.loadSlot(loadOf(second.reference, 2));
    REQUIRE(shop.eventually([&] { return began.load(); }));
    REQUIRE(shop.eventually([&] { return std::isnan(shop.armed()); }));
    goOn = true;
    REQUIRE(shop.eventually([&] { return shop.isReady(2); }));
    for (int block = 0; block < 4; ++block)
        shop.process();
    CHECK(std::isnan(shop.armed()));
    CHECK(shop.eventually([&] { return !shop.model.projectState().slots[0]->armedSongQuarters; }));
    shop.worker.stop();
}

TEST_CASE("a project that is loaded into a living instance brings its own launch, and leaves none of another's") {
    const TestClip first(24000);
    const TestClip second(12000);
    for (const std::optional<double> saved : {std::optional<double>(5000.0), std::optional<double>()}) {
        Workshop shop;
        shop.model.loadSlot(loadOf(first.reference, 1));
        shop.worker.start();
        REQUIRE(shop.eventually([&] { return shop.isReady(1); }));
        shop.arm(9000);
        REQUIRE(shop.eventually([&] { return shop.model.projectState().slots[0]->armedSongQuarters == 9000.0; }));

        shop.model.takeProjectState(projectWith(second.reference, 2, saved));
        // The worker looks at the engine once more before it comes to the slot, and while the audio thread stands still.
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        CHECK(shop.model.projectState().slots[0]->armedSongQuarters == saved);
        REQUIRE(shop.eventually([&] { return shop.isReady(2); }));
        for (int block = 0; block < 40; ++block) {
            shop.process();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        CHECK(shop.model.projectState().slots[0]->armedSongQuarters == saved);
        if (saved)
            CHECK(shop.armed() == *saved);
        else
            CHECK(std::isnan(shop.armed()));
    }
}

TEST_CASE("another sample rate keeps the project's armed launch") {
    const TestClip clip(24000);
    Workshop shop;
    shop.model.takeProjectState(projectWith(clip.reference, 1, 5000.0));
    shop.worker.start();
    REQUIRE(shop.eventually([&] { return shop.armed() == 5000.0; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    CHECK(shop.worker.prepareEngine({44100, kFrames}));
    std::this_thread::sleep_for(std::chrono::milliseconds(60)); // the worker sees an engine without a launch
    CHECK(shop.model.projectState().slots[0]->armedSongQuarters == 5000.0);
    CHECK(shop.eventually([&] { return shop.armed() == 5000.0; }));
}

TEST_CASE("the state that a slot is in already does not interrupt it") {
    const TestClip clip(24000);
    Workshop shop;
    shop.model.loadSlot(loadOf(clip.reference, 1));
    shop.worker.start();
    REQUIRE(shop.eventually([&] { return shop.isReady(1); }));
    shop.model.takeProjectState(shop.model.projectState());
    CHECK(shop.slotState() == protocol::SlotState::ready);
    CHECK_FALSE(shop.model.nextJob());
}

TEST_CASE("a worker that runs out of memory reports the slot and works on") {
    const TestClip clip(24000);
    Workshop shop;
    std::atomic<int> failures{1};
    shop.loading = [&] {
        if (failures.exchange(0) == 1)
            throw std::bad_alloc();
    };
    shop.model.loadSlot(loadOf(clip.reference, 1));
    shop.worker.start();
    REQUIRE(shop.eventually([&] { return shop.slotState() == protocol::SlotState::failed; }));
    shop.model.loadSlot(loadOf(clip.reference, 2));
    CHECK(shop.eventually([&] { return shop.isReady(2); }));
}
