#include "session/bridge_model.hpp"

#include <algorithm>

#include <unistd.h>

#include "segment/segment_layout.hpp"

namespace grym::bridge {
namespace {

using Lock = std::lock_guard<std::mutex>;

} // namespace

BridgeModel::BridgeModel(InstanceFacts facts) : facts_(std::move(facts)), bridgeId_(createBridgeId()), hostName_(protocol::fitText(facts_.hostName, 200)) {}

std::string BridgeModel::bridgeId() const {
    const Lock lock(mutex_);
    return bridgeId_;
}

bool BridgeModel::adoptBridgeId(const std::string& from, const std::string& id) {
    const Lock lock(mutex_);
    if (bridgeId_ != from || id == bridgeId_)
        return false;
    bridgeId_ = id;
    ++factsVersion_;
    return true;
}

void BridgeModel::want(Slot& slot) {
    slot.wanted = ++tickets_;
    slot.problem.clear();
    slot.state = slot.clip ? protocol::SlotState::loading : protocol::SlotState::empty;
    touch(slot);
}

void BridgeModel::wantAfresh(Slot& slot) {
    want(slot);
    slot.afresh = slot.wanted;
}

void BridgeModel::touch(Slot& slot) {
    slot.version = ++slotVersion_;
}

bool BridgeModel::holds(const Slot& slot, const ProjectSlot& saved) {
    return slot.clip && slot.state != protocol::SlotState::failed && slot.clip->hash == saved.clip.hash && slot.clip->loop == saved.clip.loop
        && slot.clip->quarterNotes == saved.clip.quarterNotes && slot.clip->tempoBpm == saved.clip.tempoBpm
        && slot.revision == saved.revision && slot.armedSongQuarters == saved.armedSongQuarters;
}

bool BridgeModel::takeProjectState(const ProjectState& state) {
    const Lock lock(mutex_);
    const bool otherBridge = bridgeId_ != state.bridgeId;
    if (otherBridge) {
        bridgeId_ = state.bridgeId;
        ++factsVersion_;
    }
    for (std::uint32_t index = 0; index < kSlots; ++index) {
        Slot& slot = slots_[index];
        const auto& saved = state.slots[index];
        if (!saved && !slot.clip)
            continue;
        if (saved && holds(slot, *saved))
            continue; // what plays goes on: hosts also set the state that they have just got
        slot.clip = saved ? std::optional(saved->clip) : std::nullopt;
        slot.revision = saved ? saved->revision : 0;
        slot.armedSongQuarters = saved ? saved->armedSongQuarters : std::nullopt;
        wantAfresh(slot);
    }
    return otherBridge;
}

ProjectState BridgeModel::projectState() const {
    const Lock lock(mutex_);
    ProjectState state;
    state.bridgeId = bridgeId_;
    for (std::uint32_t index = 0; index < kSlots; ++index) {
        const Slot& slot = slots_[index];
        if (slot.clip)
            state.slots[index] = ProjectSlot{*slot.clip, slot.revision, slot.armedSongQuarters};
    }
    return state;
}

void BridgeModel::loadSlot(const protocol::LoadSlot& message) {
    const Lock lock(mutex_);
    Slot& slot = slots_[message.slot];
    slot.clip = message.clip;
    slot.revision = message.revision;
    want(slot);
}

void BridgeModel::clearSlot(const protocol::ClearSlot& message) {
    const Lock lock(mutex_);
    Slot& slot = slots_[message.slot];
    slot.clip.reset();
    slot.revision = message.revision;
    slot.armedSongQuarters.reset();
    wantAfresh(slot);
}

std::optional<double> BridgeModel::launchToArm(const SlotJob& job) const {
    const Lock lock(mutex_);
    const Slot& slot = slots_[job.slot];
    return slot.wanted == job.ticket && slot.afresh != 0 && slot.clip ? slot.armedSongQuarters : std::nullopt;
}

void BridgeModel::followEngine(std::uint32_t index, std::uint64_t ticket) {
    const Lock lock(mutex_);
    if (ticket >= slots_[index].afresh)
        slots_[index].afresh = 0;
}

bool BridgeModel::setArmed(std::uint32_t index, std::optional<double> songQuarters) {
    const Lock lock(mutex_);
    Slot& slot = slots_[index];
    if (slot.afresh != 0 || !slot.clip || slot.armedSongQuarters == songQuarters)
        return false;
    slot.armedSongQuarters = songQuarters;
    return true;
}

bool isPossibleRate(double sampleRate) {
    return sampleRate >= segment::kMinimumSampleRate && sampleRate <= segment::kMaximumSampleRate;
}

bool BridgeModel::configure(const AudioConfiguration& wanted) {
    const Lock lock(mutex_);
    AudioConfiguration configuration = wanted;
    configuration.maximumBlock = std::clamp(configuration.maximumBlock, 1u, segment::kMaximumBlockFrames);
    if (!isPossibleRate(configuration.sampleRate))
        configuration.sampleRate = 0; // nothing can be loaded or told
    if (configuration == configuration_)
        return false;
    const bool otherRate = configuration.sampleRate != configuration_.sampleRate;
    configuration_ = configuration;
    ++factsVersion_;
    if (otherRate)
        for (Slot& slot : slots_)
            if (slot.clip)
                wantAfresh(slot); // the engine is emptied for another rate
    return otherRate;
}

AudioConfiguration BridgeModel::configuration() const {
    const Lock lock(mutex_);
    return configuration_;
}

std::optional<SlotJob> BridgeModel::nextJob() {
    const Lock lock(mutex_);
    if (configuration_.sampleRate <= 0)
        return std::nullopt;
    for (std::uint32_t index = 0; index < kSlots; ++index) {
        Slot& slot = slots_[index];
        if (slot.wanted == slot.begun)
            continue;
        slot.begun = slot.wanted;
        return SlotJob{index, slot.wanted, slot.revision, slot.clip, configuration_.sampleRate, slot.afresh};
    }
    return std::nullopt;
}

bool BridgeModel::isCurrent(const SlotJob& job) const {
    const Lock lock(mutex_);
    return slots_[job.slot].wanted == job.ticket;
}

void BridgeModel::finish(const SlotJob& job, const std::string& problem) {
    const Lock lock(mutex_);
    Slot& slot = slots_[job.slot];
    if (slot.wanted != job.ticket)
        return;
    slot.problem = problem;
    slot.state = !problem.empty() ? protocol::SlotState::failed : job.clip ? protocol::SlotState::ready : protocol::SlotState::empty;
    touch(slot);
}

void BridgeModel::setSegment(std::optional<protocol::SegmentFacts> segment, const std::string& problem) {
    const Lock lock(mutex_);
    segment_ = std::move(segment);
    segmentProblem_ = protocol::fitText(problem, 500);
    ++factsVersion_;
}

void BridgeModel::setHostName(const std::string& name) {
    const Lock lock(mutex_);
    if (name.empty())
        return; // the process's name is better than none
    hostName_ = protocol::fitText(name, 200);
    ++factsVersion_;
}

bool BridgeModel::setTrackName(const std::string& name) {
    const Lock lock(mutex_);
    std::string fitting = protocol::fitText(name, 200);
    if (fitting == trackName_)
        return false;
    trackName_ = std::move(fitting);
    ++factsVersion_;
    return true;
}

void BridgeModel::setClipFolder(const std::string& folder) {
    const Lock lock(mutex_);
    clipFolder_ = folder;
}

std::string BridgeModel::clipFolder() const {
    const Lock lock(mutex_);
    return clipFolder_;
}

std::uint64_t BridgeModel::factsVersion() const {
    const Lock lock(mutex_);
    return factsVersion_;
}

protocol::SlotReport BridgeModel::report(std::uint32_t index) const {
    const Slot& slot = slots_[index];
    protocol::SlotReport report;
    report.slot = index;
    report.state = slot.state;
    if (slot.clip)
        report.hash = slot.clip->hash;
    report.revision = slot.revision;
    if (!slot.problem.empty())
        report.problem = protocol::fitText(slot.problem, 500);
    return report;
}

protocol::BridgeFacts BridgeModel::facts() const {
    const Lock lock(mutex_);
    protocol::BridgeFacts facts;
    facts.bridgeId = bridgeId_;
    facts.pluginFormat = facts_.pluginFormat;
    facts.pluginVersion = facts_.pluginVersion;
    facts.host = hostName_;
    facts.track = trackName_;
    facts.processId = static_cast<std::uint64_t>(::getpid());
    facts.sampleRate = configuration_.sampleRate;
    facts.maximumBlock = configuration_.maximumBlock;
    facts.inputChannels = facts_.inputChannels;
    facts.outputChannels = facts_.outputChannels;
    facts.segment = segment_;
    if (!segmentProblem_.empty())
        facts.segmentProblem = segmentProblem_;
    for (std::uint32_t index = 0; index < kSlots; ++index)
        if (slots_[index].state != protocol::SlotState::empty)
            facts.slots.push_back(report(index));
    return facts;
}

std::vector<protocol::SlotReport> BridgeModel::slotsChangedSince(std::uint64_t& version) const {
    const Lock lock(mutex_);
    std::vector<protocol::SlotReport> reports;
    for (std::uint32_t index = 0; index < kSlots; ++index)
        if (slots_[index].version > version)
            reports.push_back(report(index));
    version = slotVersion_;
    return reports;
}

} // namespace grym::bridge
