// Real-time: one block. Nothing here (but the destructor) allocates, locks, makes a system call or waits.
#include "engine_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "segment/segment_records.hpp"

namespace grym::engine {
namespace {

using segment::Command;
using segment::CommandKind;
using segment::CommandWhen;
using segment::EventKind;
using segment::LaunchMode;

constexpr std::uint32_t kCommandsPerBlock = 32;
constexpr std::uint32_t kSegmentsPerBlock = 16;
constexpr std::uint32_t kMaximumQuantiseBars = 64;
constexpr float kMinimumLevelDb = -60;
constexpr float kMaximumLevelDb = 12;
constexpr double kSilentGainDb = -90;
constexpr std::uint64_t kMaximumCounter = (std::uint64_t{1} << 53) - 1;

/** Unity is exact; at and below `silentDb` nothing is left. */
float gainOf(double decibels, double silentDb) noexcept {
    if (decibels == 0) return 1.0f;
    if (decibels <= silentDb) return 0.0f;
    return static_cast<float>(std::pow(10.0, decibels / 20));
}

When quantised(Quantise quantise, std::uint32_t bars) noexcept {
    When when;
    when.kind = When::Kind::line;
    if (quantise == Quantise::beat) when.rule.bars = 0;
    else if (quantise == Quantise::bar) when.rule.bars = 1;
    else if (quantise == Quantise::bars) when.rule.bars = std::clamp<std::uint32_t>(bars, 1, kMaximumQuantiseBars);
    else when.kind = When::Kind::now;
    return when;
}

When whenOf(const Settings& settings) noexcept { return quantised(settings.quantise, settings.quantiseBars); }

When whenOf(const Command& command, const Settings& settings) noexcept {
    When when;
    switch (command.when) {
    case CommandWhen::slotQuantise: return whenOf(settings);
    case CommandWhen::now: break;
    case CommandWhen::beat: return quantised(Quantise::beat, 1);
    case CommandWhen::bars: return quantised(Quantise::bars, command.quantiseBars);
    case CommandWhen::songPosition:
        when.kind = When::Kind::songPosition;
        when.songQuarters = command.songQuarters;
        break;
    case CommandWhen::frame:
        when.kind = When::Kind::frame;
        when.frame = command.frame;
        break;
    }
    return when;
}

void copyInput(const float* input, float* output, std::uint32_t frames) noexcept {
    if (input == output) return;
    if (input == nullptr) std::memset(output, 0, frames * sizeof(float));
    else std::memmove(output, input, frames * sizeof(float));
}

} // namespace

Engine::State::State() noexcept {
    for (std::uint32_t index = 0; index < kSlots; ++index) slots[index].setIndex(index);
    slotGains.fill(1.0f);
    publish();
}

/** Not real-time: the clips that are still here belong to the engine. */
Engine::State::~State() {
    for (Slot& slot : slots) slot.surrender([](Clip* clip) { delete clip; });
    for (auto& newest : clips.newest)
        if (newest.load() > kEmptySlotMail) delete reinterpret_cast<Clip*>(newest.load());
    for (std::size_t index = 0; index < untakenCount; ++index) delete untaken[index];
    Clip* clip = nullptr;
    while (retiredClips.pop(clip)) delete clip;
}

SlotContext Engine::State::contextAt(std::uint32_t offset) noexcept {
    return {transport, events, retiredClips, firstFrame + offset, fadeFrames};
}

void Engine::State::takeMail() noexcept {
    takeClips(); // before the segment that hears of it goes
    segment::SegmentWriter* writer = nullptr;
    for (std::uint32_t taken = 0; taken < kSegmentsPerBlock && segments.pop(writer); ++taken) installSegment(writer);
}

void Engine::State::takeClips() noexcept {
    if (clips.slots.load(std::memory_order_relaxed) == 0) return;
    const std::uint32_t marked = clips.slots.exchange(0, std::memory_order_acquire);
    for (std::uint32_t left = marked; left != 0; left &= left - 1) {
        const auto index = static_cast<std::uint32_t>(std::countr_zero(left));
        const std::uintptr_t mail = clips.newest[index].exchange(kNoClipMail, std::memory_order_acq_rel);
        if (mail == kNoClipMail) continue; // it came with an earlier mark
        slots[index].install(contextAt(0), mail == kEmptySlotMail ? nullptr : reinterpret_cast<Clip*>(mail));
        awake |= 1u << index;
    }
}

/** Worker's. */
void Engine::State::postClip(std::uint32_t slot, Clip* clipOrNull) noexcept {
    const std::uintptr_t mail = clipOrNull == nullptr ? kEmptySlotMail : reinterpret_cast<std::uintptr_t>(clipOrNull);
    const std::uintptr_t replaced = clips.newest[slot].exchange(mail, std::memory_order_acq_rel);
    clips.slots.fetch_or(1u << slot, std::memory_order_release);
    if (replaced > kEmptySlotMail) untaken[untakenCount++] = reinterpret_cast<Clip*>(replaced);
}

void Engine::State::installSegment(segment::SegmentWriter* writer) noexcept {
    if (segment != nullptr) retiredSegments.push(segment); // never full: postSegment() admits no more than it holds
    segment = writer;
    events.connect(writer);
    recorder.forget();
    firstFrame = segment != nullptr ? segment->frameCounter() : processedFrames;
    awake = kAllSlots;
    for (Slot& slot : slots) slot.frameCountChanged(contextAt(0));
}

void Engine::State::readSettings(const Settings& settings) noexcept {
    if (settings.slotLevelDb != levelDb && std::isfinite(settings.slotLevelDb)) {
        levelDb = settings.slotLevelDb;
        level = gainOf(std::clamp(levelDb, kMinimumLevelDb, kMaximumLevelDb), -1000);
    }
    if (settings.mode != lastModeSetting) { // what was chosen last counts
        lastModeSetting = settings.mode;
        modeOverrides.fill(0);
    }
    for (std::uint32_t index = 0; index < kMacros; ++index) {
        const float value = settings.macros[index];
        if (value == macros[index] || !std::isfinite(value)) continue;
        macros[index] = value;
        if (!macrosKnown) continue;
        segment::Event event{};
        event.kind = EventKind::macroMoved;
        event.frame = firstFrame;
        event.songQuarters = transport.position();
        event.value = std::clamp(value, 0.0f, 1.0f);
        event.data0 = index;
        events.push(event);
    }
    macrosKnown = true;
}

void Engine::State::reportLateCall(const ProcessBlock& block) noexcept {
    if (segment != nullptr && block.monotonicNanoseconds != 0) segment->heartbeat(block.monotonicNanoseconds);
    if (block.frames == 0) return;
    if (pauseExpected.load(std::memory_order_relaxed)) {
        pauseExpected.store(false, std::memory_order_relaxed);
        lateCalls.forget();
    }
    if (block.offline) return lateCalls.forget();
    const double late = lateCalls.notice(block.monotonicNanoseconds, block.frames);
    if (late <= 0) return;
    segment::Event event{};
    event.kind = EventKind::lateCall;
    event.frame = firstFrame;
    event.songQuarters = transport.position();
    event.value = late;
    events.push(event);
}

/** The input goes to the capture as it came, then to the output. */
void Engine::State::passThrough(const ProcessBlock& block) noexcept {
    if (block.frames == 0) return;
    const float* left = block.inputs == nullptr ? nullptr : block.inputs[0];
    const float* right = block.inputs == nullptr ? nullptr : block.inputs[1];
    if (segment != nullptr) segment->writeCapture(left, right, block.frames);
    if (block.outputs == nullptr) return;
    float* const outputLeft = block.outputs[0];
    float* const outputRight = block.outputs[1];
    if (outputLeft == right && outputRight == left && left != nullptr) { // in place, but crossed
        std::swap_ranges(outputLeft, outputLeft + block.frames, outputRight);
    } else if (outputLeft == right && right != nullptr) { // the right channel would be overwritten before it is read
        copyInput(right, outputRight, block.frames);
        copyInput(left, outputLeft, block.frames);
    } else {
        copyInput(left, outputLeft, block.frames);
        copyInput(right, outputRight, block.frames);
    }
}

void Engine::State::takeCommands(const Settings& settings) noexcept {
    // A clip that was posted before a command is in its slot before the command is obeyed, also when both have come since
    // the block's mail was taken.
    Command command;
    for (std::uint32_t taken = 0; taken < kCommandsPerBlock && commands.pop(command); ++taken) {
        takeClips();
        obey(command, settings);
    }
    if (segment == nullptr) return;
    for (std::uint32_t taken = 0; taken < kCommandsPerBlock && segment->popCommand(command); ++taken) {
        takeClips();
        obey(command, settings);
    }
}

void Engine::State::obey(const Command& command, const Settings& settings) noexcept {
    if (!segment::isWellFormed(command) || command.id > kMaximumCounter) {
        segment::Event event{};
        event.kind = EventKind::refused;
        event.slot = command.slot < kSlots ? command.slot : 0;
        event.frame = firstFrame;
        event.songQuarters = transport.position();
        event.data0 = static_cast<std::uint32_t>(segment::RefusalReason::malformed);
        event.commandId = command.id > kMaximumCounter ? 0 : command.id;
        return events.push(event);
    }
    const SlotContext context = contextAt(0);
    Slot& slot = slots[command.slot];
    awake |= command.kind == CommandKind::stopAll ? kAllSlots : 1u << command.slot;
    switch (command.kind) {
    case CommandKind::launch: slot.requestLaunch(context, whenOf(command, settings), command.id); return;
    case CommandKind::stop: return slot.requestStop(context, whenOf(command, settings), command.id);
    case CommandKind::stopAll:
        for (Slot& each : slots) each.requestStop(context, whenOf(command, settings), command.id);
        return;
    case CommandKind::gain: slotGains[command.slot] = gainOf(command.value, kSilentGainDb); return;
    case CommandKind::mode: modeOverrides[command.slot] = 1 + static_cast<std::uint32_t>(command.value); return;
    }
}

void Engine::State::midi(const MidiMessage& message, std::uint32_t offset, const Settings& settings) noexcept {
    if (message.size != 3) return;
    const std::uint8_t kind = message.data[0] & 0xf0;
    const std::uint8_t key = message.data[1] & 0x7f;
    const std::uint8_t velocity = message.data[2] & 0x7f;
    const SlotContext context = contextAt(offset);
    if (kind == 0xb0 && (key == 120 || key == 123)) { // all sound off, all notes off: hosts send them at a stop
        awake = kAllSlots;
        for (Slot& slot : slots) slot.noteOff(context);
        return;
    }
    if (kind != 0x80 && kind != 0x90) return;
    const bool ours = key >= kFirstSlotKey && key < kFirstSlotKey + kSlots;
    const std::uint32_t index = ours ? key - kFirstSlotKey : 0u;
    segment::Event event{};
    event.kind = EventKind::note;
    event.slot = index;
    event.frame = context.frame;
    event.songQuarters = transport.position();
    event.data0 = message.data[0];
    event.data1 = static_cast<std::uint32_t>(key) << 8 | velocity;
    events.push(event);
    if (!ours) return;
    awake |= 1u << index;
    if (kind == 0x80 || velocity == 0) return slots[index].noteOff(context);
    const LaunchMode mode = modeOverrides[index] != 0 ? static_cast<LaunchMode>(modeOverrides[index] - 1) : settings.mode;
    slots[index].noteOn(context, mode, whenOf(settings));
}

void Engine::State::applyTransport(TransportChange change, std::uint32_t offset) noexcept {
    if (change == TransportChange::none) return;
    const SlotContext context = contextAt(offset);
    awake = kAllSlots; // a paused slot sounds nothing and waits for nothing until now
    for (Slot& slot : slots) {
        if (change == TransportChange::stopped) slot.transportStopped(context);
        else slot.relocate(context, change == TransportChange::wrapped);
    }
}

void Engine::State::playBlock(const ProcessBlock& block, const Settings& settings) noexcept {
    std::uint32_t point = 0;
    std::uint32_t message = 0;
    if (block.frames > 0 && block.pointCount == 0) applyTransport(transport.applyNothing(), 0);
    std::uint32_t offset = 0;
    // Each turn plays at least one frame. At one frame: first the host's transport, then what is asked, then what is due.
    do {
        for (; point < block.pointCount && block.frames > 0 && block.points[point].frameOffset <= offset; ++point)
            applyTransport(transport.apply(block.points[point], block.offline), offset);
        std::uint32_t wrapOffset = 0;
        if (transport.wraps(1, wrapOffset)) {
            transport.wrap();
            applyTransport(TransportChange::wrapped, offset);
        }
        if (segment != nullptr && block.frames > 0)
            recorder.update(*segment, transport, firstFrame + offset, block.offline, block.monotonicNanoseconds);
        if (offset == 0) takeCommands(settings);
        for (; message < block.midiCount && (block.midi[message].frameOffset <= offset || block.frames == 0); ++message)
            midi(block.midi[message], offset, settings);

        std::uint32_t limit = block.frames - offset;
        if (point < block.pointCount) limit = std::min(limit, block.points[point].frameOffset - offset);
        if (message < block.midiCount) limit = std::min(limit, block.midi[message].frameOffset - offset);
        offset += playUntilNext(block, offset, limit);
        // What the host stamped past the block's end still counts, at its last frame.
        if (offset == block.frames && message < block.midiCount && block.frames > 0)
            for (; message < block.midiCount; ++message) midi(block.midi[message], offset, settings);
    } while (offset < block.frames);
}

/** Plays at most `limit` frames, up to the next thing that is due; returns how many. */
std::uint32_t Engine::State::playUntilNext(const ProcessBlock& block, std::uint32_t offset, std::uint32_t limit) noexcept {
    if (limit == 0) return 0;
    const SlotContext context = contextAt(offset);
    std::uint32_t frames = limit;
    std::uint32_t wrapOffset = 0;
    if (transport.wraps(frames, wrapOffset)) frames = std::max(1u, wrapOffset);
    forEachAwake([&](Slot& slot, std::uint32_t) {
        std::uint32_t until = slot.framesUntilDue(context, frames);
        if (until == 0) {
            slot.perform(context);
            until = slot.framesUntilDue(context, frames);
        }
        frames = std::min(frames, std::max(1u, until));
    });
    if (block.outputs != nullptr) {
        float* const left = block.outputs[0] + offset;
        float* const right = block.outputs[1] + offset;
        forEachAwake([&](Slot& slot, std::uint32_t index) { slot.render(context, left, right, frames, level * slotGains[index]); });
    }
    transport.advance(frames);
    return frames;
}

void Engine::State::finishBlock(std::uint32_t frames) noexcept {
    const SlotContext context = contextAt(frames);
    forEachAwake([&](Slot& slot, std::uint32_t) { slot.report(context); });
    processedFrames += frames;
    publish();
}

/** Makes the awake slots' status visible, then lets those sleep that have nothing to do. */
void Engine::State::publish() noexcept {
    forEachAwake([&](Slot& slot, std::uint32_t index) {
        const SlotStatus status = slot.status();
        const std::uint64_t flags = static_cast<std::uint64_t>(status.state) | (status.launchArmed ? 0x100u : 0u) |
                                    (status.stopArmed ? 0x200u : 0u) | (status.offTempo ? 0x400u : 0u);
        published[index].revision.store(status.clipRevision, std::memory_order_relaxed);
        published[index].armedSongQuarters.store(status.armedSongQuarters, std::memory_order_relaxed);
        published[index].flags.store(flags, std::memory_order_release);
        if (slot.idle()) awake &= ~(1u << index);
    });
    publishedFrames.store(processedFrames, std::memory_order_release);
}

void Engine::State::silence() noexcept {
    firstFrame = segment != nullptr ? segment->frameCounter() : processedFrames;
    awake = kAllSlots;
    for (Slot& slot : slots) slot.silence(contextAt(0));
    transport.forget();
    lateCalls.forget();
    recorder.forget();
}

} // namespace grym::engine
