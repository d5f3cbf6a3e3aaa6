// What the threads beside the audio thread share about one bridge: its id, its slots, its audio configuration, its segment.
// Every method may be called by any thread but the audio thread; each holds the lock for a short time only.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "session/project_state.hpp"
#include "session/protocol_messages.hpp"

namespace grym::bridge {

/** What does not change while an instance lives. */
struct InstanceFacts {
    protocol::PluginFormat pluginFormat = protocol::PluginFormat::unknown;
    std::string pluginVersion;
    std::string hostName; // until the host tells its own
    std::uint32_t inputChannels = 2;
    std::uint32_t outputChannels = 2;
};

/** Whether clips, segments and the protocol can have this sample rate. */
bool isPossibleRate(double sampleRate);

struct AudioConfiguration {
    double sampleRate = 0;
    std::uint32_t maximumBlock = 0;
    bool operator==(const AudioConfiguration&) const = default;
};

/** One thing for the worker to do: fill or empty a slot. */
struct SlotJob {
    std::uint32_t slot = 0;
    std::uint64_t ticket = 0;
    std::uint64_t revision = 0;
    std::optional<protocol::ClipReference> clip; // nothing: empty the slot
    double sampleRate = 0;
    /** Ticket of the change that makes the slot another one, armed launch included; 0: only the clip is another one. */
    std::uint64_t afresh = 0;
};

class BridgeModel {
public:
    explicit BridgeModel(InstanceFacts facts);

    std::string bridgeId() const;
    /**
     * Takes the daemon's id for the bridge that called itself `from`; not where a project has brought another id meanwhile.
     * True: the id is a new one, the project should be saved and the segment renamed.
     */
    bool adoptBridgeId(const std::string& from, const std::string& id);

    /** True: the bridge has another id now. */
    bool takeProjectState(const ProjectState& state);
    ProjectState projectState() const;

    void loadSlot(const protocol::LoadSlot& message);
    void clearSlot(const protocol::ClearSlot& message);
    /** What the engine is to arm with the job's clip, as of now; nothing where its own armed launch counts. */
    std::optional<double> launchToArm(const SlotJob& job) const;
    /** The engine has taken what was posted for the job with this ticket: from here on its armed launch counts. */
    void followEngine(std::uint32_t slot, std::uint64_t ticket);
    /** The engine's view of an armed launch. True: it is news, the project should be saved. */
    bool setArmed(std::uint32_t slot, std::optional<double> songQuarters);

    /** Brings it into the protocol's bounds. True: the rate is another one (0: an impossible one); every slot has to be loaded again. */
    bool configure(const AudioConfiguration& wanted);
    AudioConfiguration configuration() const;

    /** The next slot that is not as it should be; nothing before the first configure(). */
    std::optional<SlotJob> nextJob();
    /** False: the slot was changed meanwhile, the outcome does not count. An empty problem means success. */
    bool isCurrent(const SlotJob& job) const;
    void finish(const SlotJob& job, const std::string& problem);

    void setSegment(std::optional<protocol::SegmentFacts> segment, const std::string& problem);
    void setHostName(const std::string& name);
    /** True: it is news for the daemon. */
    bool setTrackName(const std::string& name);
    void setClipFolder(const std::string& folder);
    std::string clipFolder() const;

    /** Counts up with each change that the daemon has to hear of, except slots. */
    std::uint64_t factsVersion() const;
    /** Complete only after configure(). */
    protocol::BridgeFacts facts() const;
    /** The slots that have changed since `version`, which is moved on; 0 = all that are not empty. */
    std::vector<protocol::SlotReport> slotsChangedSince(std::uint64_t& version) const;

private:
    struct Slot {
        std::optional<protocol::ClipReference> clip;
        std::uint64_t revision = 0;
        protocol::SlotState state = protocol::SlotState::empty;
        std::string problem;
        std::optional<double> armedSongQuarters;
        std::uint64_t afresh = 0;    // as in SlotJob: until the engine has taken that change, its armed launch does not count
        std::uint64_t wanted = 0;    // ticket of the latest change
        std::uint64_t begun = 0;     // ticket that the worker has taken up
        std::uint64_t version = 0;   // of the last report
    };
    /** Whether the slot is already as the project has it. */
    static bool holds(const Slot& slot, const ProjectSlot& saved);
    void want(Slot& slot);
    void wantAfresh(Slot& slot);
    void touch(Slot& slot);
    protocol::SlotReport report(std::uint32_t index) const;

    const InstanceFacts facts_;
    mutable std::mutex mutex_;
    std::string bridgeId_;
    std::string hostName_;
    std::string trackName_;
    std::string clipFolder_;
    AudioConfiguration configuration_;
    std::optional<protocol::SegmentFacts> segment_;
    std::string segmentProblem_;
    std::array<Slot, kSlots> slots_;
    std::uint64_t tickets_ = 0;
    std::uint64_t slotVersion_ = 0;
    std::uint64_t factsVersion_ = 1;
};

} // namespace grym::bridge
