// The engine's doors: mail, preparation, and the order in which a block is worked through.
#include "engine.hpp"

#include <algorithm>
#include <cmath>

#include "engine_state.hpp"

namespace grym::engine {
namespace {

constexpr double kFadeSeconds = 0.005;

} // namespace

Engine::Engine() : state_(std::make_unique<State>()) {}
Engine::~Engine() = default;

void Engine::prepare(double sampleRate, std::uint32_t /*maximumBlock*/) {
    // Nothing here depends on the longest block: a block is worked through in place, in pieces.
    State& state = *state_;
    state.silence(); // while the old rate still holds
    state.sampleRate = std::isfinite(sampleRate) && sampleRate > 0 ? sampleRate : 48000;
    state.fadeFrames = static_cast<std::uint32_t>(std::max(1.0, std::round(kFadeSeconds * state.sampleRate)));
    state.transport.prepare(state.sampleRate);
    state.recorder.prepare(state.sampleRate);
    state.lateCalls.prepare(state.sampleRate);
    state.publish();
}

void Engine::reset() noexcept {
    state_->silence();
    state_->publish();
}

void Engine::takeMail() noexcept {
    state_->silence(); // nobody would play the fades; and a segment that goes is told first
    state_->takeMail();
    state_->publish();
}

void Engine::process(const ProcessBlock& block, const Settings& settings) noexcept {
    State& state = *state_;
    state.firstFrame = state.segment != nullptr ? state.segment->frameCounter() : state.processedFrames;
    state.takeMail();
    state.readSettings(settings);
    state.reportLateCall(block);
    state.passThrough(block);
    state.playBlock(block, settings);
    state.finishBlock(block.frames);
}

bool Engine::postClip(std::uint32_t slot, Clip* clipOrNull) noexcept {
    if (slot >= kSlots) return false;
    if (clipOrNull != nullptr && state_->clipsOut >= kMaximumClipsOut) return false;
    state_->postClip(slot, clipOrNull);
    if (clipOrNull != nullptr) ++state_->clipsOut;
    return true;
}

Clip* Engine::collectRetired() noexcept {
    Clip* clip = nullptr;
    if (state_->untakenCount > 0) clip = state_->untaken[--state_->untakenCount];
    else if (!state_->retiredClips.pop(clip)) return nullptr;
    --state_->clipsOut;
    return clip;
}

bool Engine::postSegment(segment::SegmentWriter* writerOrNull) noexcept {
    if (writerOrNull != nullptr && state_->segmentsOut >= kMaximumSegmentsOut) return false;
    if (!state_->segments.push(writerOrNull)) return false;
    if (writerOrNull != nullptr) ++state_->segmentsOut;
    return true;
}

segment::SegmentWriter* Engine::collectRetiredSegment() noexcept {
    segment::SegmentWriter* writer = nullptr;
    if (!state_->retiredSegments.pop(writer)) return nullptr;
    --state_->segmentsOut;
    return writer;
}

bool Engine::postCommand(const segment::Command& command) noexcept { return state_->commands.push(command); }

void Engine::expectPause() noexcept { state_->pauseExpected.store(true, std::memory_order_relaxed); }

SlotStatus Engine::slotStatus(std::uint32_t slot) const noexcept {
    SlotStatus status;
    if (slot >= kSlots) return status;
    const PublishedStatus& published = state_->published[slot];
    const std::uint64_t flags = published.flags.load(std::memory_order_acquire);
    status.state = static_cast<SlotState>(flags & 0xff);
    status.launchArmed = (flags & 0x100) != 0;
    status.stopArmed = (flags & 0x200) != 0;
    status.offTempo = (flags & 0x400) != 0;
    status.clipRevision = published.revision.load(std::memory_order_relaxed);
    status.armedSongQuarters = published.armedSongQuarters.load(std::memory_order_relaxed);
    return status;
}

std::uint64_t Engine::framesProcessed() const noexcept { return state_->publishedFrames.load(std::memory_order_acquire); }

} // namespace grym::engine
