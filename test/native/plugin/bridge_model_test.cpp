#include <doctest/doctest.h>

#include "session/bridge_model.hpp"

using namespace grym::bridge;
namespace protocol = grym::protocol;

namespace {

protocol::LoadSlot loadOf(std::uint32_t slot, std::uint64_t revision, char letter) {
    protocol::LoadSlot message;
    message.slot = slot;
    message.revision = revision;
    message.clip.hash = std::string(64, letter);
    message.clip.path = "/clip.wav";
    message.clip.tempoBpm = 120;
    return message;
}

} // namespace

TEST_CASE("the host's own name replaces the process's, and the track's name is news once") {
    InstanceFacts instance;
    instance.hostName = "process";
    BridgeModel model(instance);
    model.configure({48000, 64});
    CHECK(model.facts().host == "process");
    CHECK(model.facts().track.empty());
    model.setHostName("");
    CHECK(model.facts().host == "process");
    model.setHostName("Host");
    const std::uint64_t version = model.factsVersion();
    CHECK(model.setTrackName("Bass"));
    CHECK(model.factsVersion() > version);
    CHECK_FALSE(model.setTrackName("Bass"));
    CHECK(model.facts().host == "Host");
    CHECK(model.facts().track == "Bass");
    CHECK(model.setTrackName(std::string(1000, 'x')));
    CHECK(model.facts().track.size() <= 200);
}

TEST_CASE("a slot that was changed while it was loaded is loaded again, and only the last outcome counts") {
    BridgeModel model({});
    model.configure({48000, 64});
    model.loadSlot(loadOf(2, 1, 'a'));
    const auto first = model.nextJob();
    REQUIRE(first);
    model.loadSlot(loadOf(2, 2, 'b'));
    CHECK_FALSE(model.isCurrent(*first));
    model.finish(*first, "too late");
    const auto second = model.nextJob();
    REQUIRE(second);
    CHECK(second->clip->hash == std::string(64, 'b'));
    CHECK_FALSE(model.nextJob());
    model.finish(*second, "");
    std::uint64_t version = 0;
    const auto reports = model.slotsChangedSince(version);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].state == protocol::SlotState::ready);
    CHECK(reports[0].revision == 2);
    CHECK(model.slotsChangedSince(version).empty());
}

TEST_CASE("another sample rate wants every slot again, another block size none") {
    BridgeModel model({});
    CHECK(model.configure({48000, 64}));
    model.loadSlot(loadOf(0, 1, 'a'));
    model.finish(*model.nextJob(), "");
    CHECK_FALSE(model.configure({48000, 128}));
    CHECK_FALSE(model.nextJob());
    CHECK(model.configure({44100, 128}));
    const auto job = model.nextJob();
    REQUIRE(job);
    CHECK(job->sampleRate == 44100);
}

TEST_CASE("an armed launch out of the project stays until the engine has had it") {
    BridgeModel model({});
    ProjectState state;
    state.bridgeId = createBridgeId();
    state.slots[1] = ProjectSlot{loadOf(1, 0, 'a').clip, 0, 24.0};
    model.takeProjectState(state);
    CHECK_FALSE(model.nextJob()); // not before the rate is known
    model.configure({48000, 64});
    const auto job = model.nextJob();
    REQUIRE(job);
    CHECK(model.launchToArm(*job) == 24.0);
    CHECK_FALSE(model.setArmed(1, std::nullopt)); // the engine has not come to it yet
    CHECK_FALSE(model.setArmed(1, 8.0));          // nor has it let go of what was armed before
    CHECK(model.projectState().slots[1]->armedSongQuarters == 24.0);
    model.followEngine(1, job->ticket);
    CHECK_FALSE(model.launchToArm(*job)); // never twice
    CHECK_FALSE(model.setArmed(1, 24.0));
    CHECK(model.setArmed(1, std::nullopt)); // launched
    CHECK_FALSE(model.projectState().slots[1]->armedSongQuarters);
}
