// Real-time: what is asked of a slot and when it is done. Nothing here allocates, locks, makes a system call or waits.
#include "slot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace grym::engine {

using segment::EventKind;
using segment::LaunchMode;
using segment::RefusalReason;

void Slot::pushEvent(const SlotContext& context, EventKind kind, double quarters, std::uint64_t commandId) const noexcept {
    segment::Event event{};
    event.kind = kind;
    event.slot = index_;
    event.frame = context.frame;
    event.songQuarters = quarters;
    event.commandId = commandId;
    context.events.push(event);
}

void Slot::pushEnded(const SlotContext& context, std::uint64_t frame, double quarters, std::uint64_t commandId) noexcept {
    pauseReported_ = offTempoReported_ = false;
    segment::Event event{};
    event.kind = EventKind::slotEnded;
    event.slot = index_;
    event.frame = frame;
    event.songQuarters = quarters;
    event.commandId = commandId;
    context.events.push(event);
}

bool Slot::refuse(const SlotContext& context, RefusalReason reason, std::uint64_t commandId) const noexcept {
    segment::Event event{};
    event.kind = EventKind::refused;
    event.slot = index_;
    event.frame = context.frame;
    event.songQuarters = context.transport.position();
    event.data0 = static_cast<std::uint32_t>(reason);
    event.commandId = commandId;
    context.events.push(event);
    return false;
}

void Slot::install(const SlotContext& context, Clip* clip) noexcept {
    Clip* const replaced = clip_;
    clip_ = clip;
    if (clip == nullptr) {
        disarmLaunches(context);
        stop_.set = positionStop_.set = false;
        stopNow(context, 0);
    }
    if (replaced == nullptr) return;
    const auto place = std::find(outgoing_.begin(), outgoing_.end(), nullptr);
    // At most as many clips wait here as there are voices to read them, and each sweep frees those that none reads.
    if (place != outgoing_.end()) *place = replaced;
    sweepOutgoing(context);
    if (place == outgoing_.end()) *std::find(outgoing_.begin(), outgoing_.end(), nullptr) = replaced;
    sweepOutgoing(context);
}

void Slot::sweepOutgoing(const SlotContext& context) noexcept {
    anyOutgoing_ = false;
    for (Clip*& clip : outgoing_) {
        if (clip == nullptr) continue;
        const auto reads = [&](const SlotVoice& voice) { return voice.clip() == clip; };
        if (std::any_of(voices_.begin(), voices_.end(), reads)) {
            anyOutgoing_ = true;
            continue;
        }
        context.retired.push(clip); // never full: postClip() admits no more clips than it holds
        clip = nullptr;
    }
}

bool Slot::requestLaunch(const SlotContext& context, const When& when, std::uint64_t commandId) noexcept {
    if (clip_ == nullptr) return refuse(context, RefusalReason::slotEmpty, commandId);
    const TransportTracker& transport = context.transport;
    if (when.kind == When::Kind::line) {
        // A host that stands may tell its position only once it plays: there the launch waits for it.
        const bool mayCome = !transport.playing() && !transport.positionKnown();
        if (!mayCome && !linesKnown(when.rule, transport)) return refuse(context, RefusalReason::noMusicalPosition, commandId);
    }
    const bool pastFrame = when.kind == When::Kind::frame && when.frame <= context.frame;
    if (when.kind == When::Kind::now || pastFrame) {
        launch_.set = false;
        stop_.set = false;
        launchNow(context, transport.position(), when.kind != When::Kind::now, commandId);
        return true;
    }
    double target = transport.position();
    if (when.kind == When::Kind::songPosition) {
        target = when.songQuarters;
        positionLaunch_ = {true, when, commandId};
    } else {
        if (when.kind == When::Kind::line) target = nextLine(when.rule, transport).value_or(target);
        launch_ = {true, when, commandId};
        stop_.set = false;
    }
    pushEvent(context, EventKind::armed, target, commandId);
    return true;
}

void Slot::requestStop(const SlotContext& context, const When& when, std::uint64_t commandId) noexcept {
    if (when.kind == When::Kind::songPosition) {
        positionStop_ = {true, when, commandId};
        return;
    }
    disarmLaunches(context);
    if (play_ == Play::stopped) return;
    // Where no line can come (the transport stands, the host tells no metre), a stop that waited would never happen.
    const bool lineComes = when.kind == When::Kind::line && context.transport.musical() && linesKnown(when.rule, context.transport);
    const bool frameComes = when.kind == When::Kind::frame && when.frame > context.frame;
    if (lineComes || frameComes) stop_ = {true, when, commandId};
    else stopNow(context, commandId);
}

void Slot::noteOn(const SlotContext& context, LaunchMode mode, const When& when) noexcept {
    if (mode != LaunchMode::toggle) {
        // The note-off of a refused note must not stop what something else has launched.
        if (requestLaunch(context, when, 0)) gateHeld_ = mode == LaunchMode::gate;
        return;
    }
    gateHeld_ = false;
    if (launch_.set || positionLaunch_.set) return disarmLaunches(context);
    if (stop_.set) {
        stop_.set = false;
        return;
    }
    if (play_ != Play::stopped) return requestStop(context, when, 0);
    requestLaunch(context, when, 0);
}

void Slot::noteOff(const SlotContext& context) noexcept {
    if (!gateHeld_) return;
    gateHeld_ = false;
    if (launch_.set) return disarm(context, launch_);
    stop_.set = false;
    stopNow(context, 0);
}

void Slot::disarm(const SlotContext& context, Pending& pending) noexcept {
    if (!pending.set) return;
    pending.set = false;
    pushEvent(context, EventKind::disarmed, context.transport.position(), pending.commandId);
}

void Slot::disarmLaunches(const SlotContext& context) noexcept {
    disarm(context, launch_);
    disarm(context, positionLaunch_);
}

void Slot::frameCountChanged(const SlotContext& context) noexcept {
    if (launch_.set && launch_.when.kind == When::Kind::frame) disarm(context, launch_);
    if (stop_.set && stop_.when.kind == When::Kind::frame) stop_.set = false;
    pauseReported_ = offTempoReported_ = false; // another segment, which has been told nothing
    tempoReportFrame_ = 0;
}

bool Slot::due(const SlotContext& context, const Pending& pending, std::uint32_t frames, std::uint32_t& offset,
               double& line) const noexcept {
    if (!pending.set) return false;
    switch (pending.when.kind) {
    case When::Kind::now: return false;
    case When::Kind::songPosition:
        line = pending.when.songQuarters;
        return context.transport.crosses(line, frames, offset);
    case When::Kind::line: {
        const auto next = nextLine(pending.when.rule, context.transport);
        line = next.value_or(0);
        return next.has_value() && context.transport.crosses(line, frames, offset);
    }
    case When::Kind::frame:
        line = context.transport.position();
        if (pending.when.frame >= context.frame + frames) return false;
        offset = pending.when.frame <= context.frame ? 0 : static_cast<std::uint32_t>(pending.when.frame - context.frame);
        return true;
    }
    return false;
}

bool Slot::takeDue(const SlotContext& context, Pending& pending, double& line) noexcept {
    std::uint32_t offset = 0;
    if (!due(context, pending, 1, offset, line)) return false;
    pending.set = false;
    return true;
}

std::uint32_t Slot::framesUntilDue(const SlotContext& context, std::uint32_t limit) const noexcept {
    std::uint32_t least = limit;
    std::uint32_t offset = 0;
    double line = 0;
    for (const Pending* pending : {&launch_, &positionLaunch_, &stop_, &positionStop_})
        if (due(context, *pending, least, offset, line)) least = std::min(least, offset);
    const SlotVoice* voice = mainVoice();
    if (voice == nullptr || !voice->clip()->loop) return least;
    const auto until = [&](std::uint64_t position) {
        const std::uint64_t left = position > voice->position() ? position - voice->position() : 0;
        least = static_cast<std::uint32_t>(std::min<std::uint64_t>(least, left));
    };
    if (inCycles(context)) {
        if (cycleEndQuarters_ <= context.transport.crossedQuarters()) return 0;
        if (context.transport.crosses(cycleEndQuarters_, least, offset)) least = std::min(least, offset);
        if (!gapDecided_) until(gapFadeStart(context));
    } else if (clip_ != voice->clip() && clip_ != nullptr && voice->position() > 0) {
        until(voice->clipFrames());
    }
    return least;
}

void Slot::perform(const SlotContext& context) noexcept {
    double line = 0;
    if (takeDue(context, positionStop_, line)) stopNow(context, positionStop_.commandId);
    if (takeDue(context, stop_, line)) stopNow(context, stop_.commandId);
    endCycle(context);
    if (takeDue(context, positionLaunch_, line)) launchNow(context, line, true, positionLaunch_.commandId);
    if (takeDue(context, launch_, line)) launchNow(context, line, true, launch_.commandId);
    decideGap(context);
}

void Slot::launchNow(const SlotContext& context, double atQuarters, bool quantised, std::uint64_t commandId) noexcept {
    if (clip_ == nullptr) return;
    follows_ = context.transport.musical();
    quantised_ = follows_ && quantised;
    launchQuarters_ = atQuarters;
    cycleEndQuarters_ = atQuarters + cycleQuarters(context, *clip_);
    play_ = Play::playing;
    endingCommandId_ = 0;
    playFrom(context, *clip_, 0, true);
    pauseReported_ = offTempoReported_ = false;
    tempoReportFrame_ = 0;
    pushEvent(context, EventKind::launched, atQuarters, commandId);
}

void Slot::stopNow(const SlotContext& context, std::uint64_t commandId) noexcept {
    if (play_ == Play::stopped) return;
    releaseMain(context);
    play_ = Play::stopped;
    offTempo_ = false;
    endingCommandId_ = commandId;
    if (tails_ == 0) pushEnded(context, context.frame, context.transport.position(), commandId);
}

SlotStatus Slot::status() const noexcept {
    SlotStatus status;
    status.launchArmed = launch_.set || positionLaunch_.set;
    status.stopArmed = stop_.set || positionStop_.set;
    status.offTempo = offTempo_;
    status.clipRevision = clip_ == nullptr ? 0 : clip_->revision;
    status.armedSongQuarters = positionLaunch_.set ? positionLaunch_.when.songQuarters : std::numeric_limits<double>::quiet_NaN();
    if (clip_ == nullptr) status.state = SlotState::empty;
    else if (play_ == Play::playing) status.state = SlotState::playing;
    else if (play_ == Play::paused) status.state = SlotState::paused;
    else status.state = status.launchArmed ? SlotState::armed : SlotState::stopped;
    return status;
}

} // namespace grym::engine
