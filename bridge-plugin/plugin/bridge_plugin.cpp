#include "bridge_plugin.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

#include "DistrhoPluginUtils.hpp"
#include "scoped_flush_to_zero.hpp"

START_NAMESPACE_DISTRHO

using namespace grym::bridge;
namespace engine = grym::engine;
namespace protocol = grym::protocol;

namespace {

constexpr const char* kStateKey = "bridge";
constexpr const char* kVersionText = "0.1.0";
constexpr uint32_t kMaximumMidi = 512;
constexpr uint32_t kMaximumStatements = TransportReader::kMaximumPoints - 1;

protocol::PluginFormat formatOf(const char* name) {
    const std::string format = name;
    if (format == "LV2")
        return protocol::PluginFormat::lv2;
    if (format == "VST3")
        return protocol::PluginFormat::vst3;
    if (format == "CLAP")
        return protocol::PluginFormat::clap;
    return protocol::PluginFormat::unknown;
}

/** Where the host does not tell its own name: LV2 has no way to. */
std::string processName() {
    char name[64] = {};
    if (std::FILE* file = std::fopen("/proc/self/comm", "r")) {
        if (std::fgets(name, sizeof(name), file) == nullptr)
            name[0] = '\0';
        std::fclose(file);
    }
    name[std::strcspn(name, "\n")] = '\0';
    return name;
}

uint64_t monotonicNanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now); // through the vDSO, no system call
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

template <HostTransport::Flags Theirs, HostStatement::Flags Ours>
constexpr bool sameBits = static_cast<uint32_t>(Theirs) == static_cast<uint32_t>(Ours);

HostStatement statementOf(const HostTransport& transport) {
    static_assert(sameBits<HostTransport::kPlaying, HostStatement::kPlaying> && sameBits<HostTransport::kSong, HostStatement::kSong>
        && sameBits<HostTransport::kBarStart, HostStatement::kBarStart> && sameBits<HostTransport::kBarNumber, HostStatement::kBarNumber>
        && sameBits<HostTransport::kBarBeat, HostStatement::kBarBeat> && sameBits<HostTransport::kTempo, HostStatement::kTempo>
        && sameBits<HostTransport::kMetre, HostStatement::kMetre> && sameBits<HostTransport::kLoop, HostStatement::kLoop>
        && sameBits<HostTransport::kSongFrame, HostStatement::kSongFrame>);
    HostStatement statement;
    statement.frame = transport.frame;
    statement.flags = transport.flags;
    statement.songQuarters = transport.songQuarters;
    statement.barStartQuarters = transport.barStartQuarters;
    statement.barBeat = transport.barBeat;
    statement.tempoBpm = transport.tempo;
    statement.beatsPerBar = transport.beatsPerBar;
    statement.beatUnit = transport.beatUnit;
    statement.barNumber = transport.barNumber;
    statement.loopStartQuarters = transport.loopStartQuarters;
    statement.loopEndQuarters = transport.loopEndQuarters;
    statement.songFrame = transport.songFrame;
    return statement;
}

} // namespace

BridgePlugin::BridgePlugin() : Plugin(kParameterCount, 0, 1) {
    for (uint32_t index = 0; index < kParameterCount; ++index)
        values_[index] = kParameters[index].preset;
    if (isDummyInstance())
        return;
    InstanceFacts facts;
    facts.pluginFormat = formatOf(getPluginFormatName());
    facts.pluginVersion = kVersionText;
    facts.hostName = processName();
    facts.inputChannels = DISTRHO_PLUGIN_NUM_INPUTS;
    facts.outputChannels = DISTRHO_PLUGIN_NUM_OUTPUTS;
    session_ = std::make_unique<BridgeSession>(facts, [this] { notifyStateChanged(); });
}

uint32_t BridgePlugin::getVersion() const {
    return d_version(0, 1, 0);
}

int64_t BridgePlugin::getUniqueId() const {
#ifdef GRYM_BRIDGE_INSTRUMENT
    return d_cconst('G', 'r', 'B', 'i');
#else
    return d_cconst('G', 'r', 'B', 'e');
#endif
}

void BridgePlugin::initAudioPort(bool input, uint32_t index, AudioPort& port) {
    Plugin::initAudioPort(input, index, port);
    port.groupId = kPortGroupStereo;
}

void BridgePlugin::initParameter(uint32_t index, Parameter& parameter) {
    if (index >= kParameterCount)
        return;
    const ParameterFacts& facts = kParameters[index];
    parameter.hints = kParameterIsAutomatable | (facts.whole ? kParameterIsInteger : 0);
    parameter.name = facts.name;
    parameter.symbol = facts.symbol;
    parameter.unit = facts.unit;
    parameter.ranges.min = facts.minimum;
    parameter.ranges.max = facts.maximum;
    parameter.ranges.def = facts.preset;
    const auto name = [&parameter](const auto& names) {
        const auto count = static_cast<uint8_t>(std::size(names));
        parameter.enumValues.count = count;
        parameter.enumValues.restrictedMode = true;
        parameter.enumValues.values = new ParameterEnumerationValue[count]; // DPF deletes them
        for (uint8_t value = 0; value < count; ++value) {
            parameter.enumValues.values[value].value = value;
            parameter.enumValues.values[value].label = names[value];
        }
    };
    if (index == kLaunchMode)
        name(kLaunchModeNames);
    else if (index == kQuantise)
        name(kQuantiseNames);
}

void BridgePlugin::initState(uint32_t, State& state) {
    state.key = kStateKey;
    state.label = "Bridge";
    state.defaultValue = "";
    state.hints = kStateIsOnlyForDSP;
}

float BridgePlugin::getParameterValue(uint32_t index) const {
    return index < kParameterCount ? values_[index].load(std::memory_order_relaxed) : 0.0f;
}

void BridgePlugin::setParameterValue(uint32_t index, float value) {
    if (index >= kParameterCount || !std::isfinite(value))
        return;
    const ParameterFacts& facts = kParameters[index];
    values_[index].store(std::clamp(value, facts.minimum, facts.maximum), std::memory_order_relaxed);
}

void BridgePlugin::setState(const char* key, const char* value) {
    if (session_ && std::strcmp(key, kStateKey) == 0)
        session_->setProjectState(value);
}

String BridgePlugin::getState(const char* key) const {
    return session_ && std::strcmp(key, kStateKey) == 0 ? String(session_->projectState().c_str()) : String();
}

void BridgePlugin::hostNamed(const char* name) {
    if (session_)
        session_->setHostName(name);
}

void BridgePlugin::trackNamed(const char* name) {
    if (session_)
        session_->setTrackName(name);
}

void BridgePlugin::activate() {
    if (!session_)
        return;
    if (transportRate_ != getSampleRate()) {
        transportRate_ = getSampleRate();
        transport_.prepare(transportRate_);
    }
    session_->activate(getSampleRate(), getBufferSize());
}

void BridgePlugin::deactivate() {
    if (session_)
        session_->deactivate();
}

engine::Settings BridgePlugin::settings() const {
    const auto whole = [this](uint32_t index) { return static_cast<uint32_t>(std::lround(getParameterValue(index))); };
    engine::Settings settings;
    for (uint32_t macro = 0; macro < engine::kMacros; ++macro)
        settings.macros[macro] = getParameterValue(kFirstMacro + macro);
    settings.slotLevelDb = getParameterValue(kSlotLevel);
    settings.mode = static_cast<grym::segment::LaunchMode>(whole(kLaunchMode));
    settings.quantise = static_cast<engine::Quantise>(whole(kQuantise));
    settings.quantiseBars = whole(kQuantiseBars);
    return settings;
}

uint32_t BridgePlugin::readTransport(uint32_t frames) {
    HostStatement statements[kMaximumStatements];
    uint32_t count = 0;
    const HostTransport* const transports = getHostTransports(count);
    count = std::min(count, kMaximumStatements);
    for (uint32_t index = 0; index < count; ++index)
        statements[index] = statementOf(transports[index]);
    return transport_.read(statements, count, isHostTransportHeld(), frames, points_);
}

void BridgePlugin::process(const float** inputs, float** outputs, uint32_t frames, const engine::MidiMessage* midi, uint32_t midiCount) {
    if (!session_)
        return;
    const ScopedFlushToZero flushToZero;
    engine::ProcessBlock block;
    block.inputs = inputs;
    block.outputs = outputs;
    block.frames = frames;
    block.points = points_;
    block.pointCount = readTransport(frames);
    block.midi = midi;
    block.midiCount = midiCount;
    block.offline = isHostOffline();
    block.monotonicNanoseconds = monotonicNanoseconds();
    session_->engine().process(block, settings());
}

#if DISTRHO_PLUGIN_WANT_MIDI_INPUT
void BridgePlugin::run(const float** inputs, float** outputs, uint32_t frames, const MidiEvent* events, uint32_t eventCount) {
    engine::MidiMessage midi[kMaximumMidi];
    uint32_t count = 0;
    for (uint32_t index = 0; index < eventCount && count < kMaximumMidi; ++index) {
        const MidiEvent& event = events[index];
        if (event.size == 0 || event.size > 3)
            continue;
        engine::MidiMessage& message = midi[count++];
        message.frameOffset = std::min(event.frame, frames > 0 ? frames - 1 : 0);
        message.size = static_cast<uint8_t>(event.size);
        std::copy_n(event.data, event.size, message.data);
    }
    process(inputs, outputs, frames, midi, count);
}
#else
void BridgePlugin::run(const float** inputs, float** outputs, uint32_t frames) {
    process(inputs, outputs, frames, nullptr, 0);
}
#endif

Plugin* createPlugin() {
    return new BridgePlugin();
}

END_NAMESPACE_DISTRHO
