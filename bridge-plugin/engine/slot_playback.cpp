// Real-time: how a slot sounds: cycles, phase, fades. Nothing here allocates, locks, makes a system call or waits.
#include <algorithm>
#include <cmath>
#include <limits>

#include "slot.hpp"

namespace grym::engine {
namespace {

/** A phase that is off by no more than rounding is right. */
constexpr std::uint64_t kPhaseToleranceFrames = 2;
/** Shorter gaps at a cycle's end are bridged by the held last sample (see SlotVoice). */
constexpr double kUnheardGapFrames = 32;
/** A clip whose first sample is below −40 dBFS can begin at full gain over another sound without a click. */
constexpr float kQuietSample = 0.01f;
constexpr double kOffTempoFrames = 2;
constexpr double kOffTempoRatio = 1e-4;
constexpr double kRoundingFrames = 0.005;
constexpr std::uint64_t kAfterTheEnd = std::uint64_t{1} << 53;

bool beginsQuietly(const Clip& clip) noexcept {
    return clip.frames() == 0 || (std::fabs(clip.left[0]) < kQuietSample && std::fabs(clip.right[0]) < kQuietSample);
}

} // namespace

AfterLastFrame Slot::afterLastFrame(const SlotContext& context, const Clip& clip) const noexcept {
    if (!clip.loop) return AfterLastFrame::end;
    return inCycles(context) ? AfterLastFrame::hold : AfterLastFrame::wrap;
}

void Slot::countVoices() noexcept {
    tails_ = 0;
    for (int index = 0; index < kVoices; ++index)
        if (index != main_ && voices_[static_cast<std::size_t>(index)].active()) ++tails_;
}

SlotVoice& Slot::freeVoice() noexcept {
    const auto unused = [](const SlotVoice& voice) { return !voice.active(); };
    const auto quieter = [](const SlotVoice& one, const SlotVoice& other) { return one.fade() < other.fade(); };
    auto place = std::find_if(voices_.begin(), voices_.end(), unused);
    if (place == voices_.end()) place = std::min_element(voices_.begin(), voices_.end(), quieter);
    place->end();
    main_ = static_cast<int>(place - voices_.begin());
    return *place;
}

/** The main voice becomes a tail that fades out; true where something is still heard. */
bool Slot::releaseMain(const SlotContext& context) noexcept {
    if (SlotVoice* voice = mainVoice()) {
        voice->setAfterLastFrame(voice->clip()->loop ? AfterLastFrame::wrap : AfterLastFrame::end);
        if (voice->hasSounded()) voice->fadeOut(context.fadeFrames);
        else voice->end();
        main_ = -1;
    }
    countVoices();
    return tails_ > 0;
}

/**
 * The main voice goes on at `position`. Where it stands there already, give or take rounding, it is left alone (or, for
 * a launch, put there `exactly`); a seam from the clip's end to its start is made by the clip itself. Anything else is
 * an interruption: what sounds fades out, and what begins fades in, unless it is the clip's own beginning and quiet
 * enough not to click, so that an attack stays an attack. From silence a beginning is never faded.
 */
void Slot::playFrom(const SlotContext& context, const Clip& clip, std::uint64_t position, bool exactly) noexcept {
    gapDecided_ = false;
    if (SlotVoice* voice = mainVoice(); voice != nullptr && voice->clip() == &clip && voice->hasSounded()) {
        const std::uint64_t from = voice->position();
        const bool atEnd = clip.loop && from + kPhaseToleranceFrames >= clip.frames();
        if (atEnd && position <= kPhaseToleranceFrames) return voice->moveTo(position);
        const std::uint64_t distance = from > position ? from - position : position - from;
        if (distance <= kPhaseToleranceFrames) return exactly ? voice->moveTo(position) : void();
    }
    const bool overSound = releaseMain(context);
    const bool fadesIn = position > 0 || (overSound && !beginsQuietly(clip));
    SlotVoice& voice = freeVoice();
    voice.start(clip, position, fadesIn ? context.fadeFrames : 0, AfterLastFrame::end);
    voice.setAfterLastFrame(afterLastFrame(context, clip));
    countVoices();
}

/** At the end of a cycle the phase is anchored to the song position anew, and a clip that was swapped in takes over. */
void Slot::endCycle(const SlotContext& context) noexcept {
    SlotVoice* voice = mainVoice();
    if (voice == nullptr || !voice->clip()->loop) return;
    const bool swapped = clip_ != nullptr && clip_ != voice->clip();
    if (!inCycles(context)) {
        if (swapped && voice->position() >= voice->clipFrames()) playFrom(context, *clip_, 0, true);
        return;
    }
    const double cycle = cycleQuarters(context, *voice->clip());
    if (cycleEndQuarters_ <= context.transport.crossedQuarters()) findCycle(context, cycle);
    std::uint32_t offset = 0;
    if (!context.transport.crosses(cycleEndQuarters_, 1, offset)) return;
    if (swapped) launchQuarters_ = cycleEndQuarters_;
    const Clip& next = swapped ? *clip_ : *voice->clip();
    cycleEndQuarters_ += std::max(cycleQuarters(context, next), kMinimumCycleFrames * context.transport.quartersPerFrame());
    playFrom(context, next, 0, true);
}

/** The end of the cycle in which the song stands. */
void Slot::findCycle(const SlotContext& context, double cycle) noexcept {
    const double crossed = context.transport.crossedQuarters();
    cycleEndQuarters_ = launchQuarters_ + (std::floor((crossed - launchQuarters_) / cycle) + 1) * cycle;
    if (cycleEndQuarters_ <= crossed) cycleEndQuarters_ += cycle;
}

std::uint64_t Slot::gapFadeStart(const SlotContext& context) const noexcept {
    const std::uint64_t frames = mainVoice()->clipFrames();
    return frames > context.fadeFrames ? frames - context.fadeFrames : 0;
}

/** Shortly before the clip's end: where its cycle lasts audibly longer, the clip fades into the gap. */
void Slot::decideGap(const SlotContext& context) noexcept {
    if (gapDecided_ || !inCycles(context)) return;
    SlotVoice* voice = mainVoice();
    if (voice->position() < gapFadeStart(context)) return;
    gapDecided_ = true;
    const std::uint64_t left = voice->position() < voice->clipFrames() ? voice->clipFrames() - voice->position() : 0;
    const double cycleLeft = (cycleEndQuarters_ - context.transport.position()) / context.transport.quartersPerFrame();
    if (cycleLeft - static_cast<double>(left) > kUnheardGapFrames)
        voice->fadeToSilence(static_cast<std::uint32_t>(std::min<std::uint64_t>(left, context.fadeFrames)));
}

void Slot::relocate(const SlotContext& context, bool wrapped) noexcept {
    if (play_ == Play::stopped || !follows_ || !context.transport.musical()) return;
    const SlotVoice* voice = mainVoice();
    if (play_ == Play::playing && voice == nullptr) return; // a one-shot that has ended
    const Clip* clip = play_ == Play::playing ? voice->clip() : clip_;
    if (clip == nullptr) return;
    if (!clip->loop) {
        if (wrapped && play_ == Play::playing) return; // a loop of the host cuts no one-shot that rings over its end
        return relocateOneShot(context, *clip);
    }
    const double cycle = cycleQuarters(context, *clip);
    if (cycle > 0) relocateLoop(context, *clip, cycle);
    else if (play_ == Play::paused) playFrom(context, *clip, 0, false);
    play_ = Play::playing;
}

void Slot::relocateLoop(const SlotContext& context, const Clip& clip, double cycle) noexcept {
    const double quartersPerFrame = context.transport.quartersPerFrame();
    const double rounding = kRoundingFrames * quartersPerFrame;
    const double elapsed = context.transport.position() - launchQuarters_;
    const double cycles = std::floor((elapsed + rounding) / cycle);
    const double phase = std::max(0.0, elapsed - cycles * cycle + rounding);
    cycleEndQuarters_ = launchQuarters_ + (cycles + 1) * cycle;
    const double frame = std::min(phase / quartersPerFrame, static_cast<double>(kAfterTheEnd));
    playFrom(context, clip, static_cast<std::uint64_t>(frame), false);
}

/** As far as the song has moved, the one-shot moves from where it stands, whatever tempo brought it there. */
void Slot::relocateOneShot(const SlotContext& context, const Clip& clip) noexcept {
    if (play_ == Play::playing) rememberPlace(context.transport.departedQuarters());
    const double moved = std::isfinite(pausedQuarters_) ? context.transport.position() - pausedQuarters_ : 0;
    const double frame = static_cast<double>(pausedFrame_) + moved / context.transport.quartersPerFrame() + kRoundingFrames;
    if (!(frame >= 0 && frame < static_cast<double>(clip.frames()))) return stopNow(context, 0);
    playFrom(context, clip, static_cast<std::uint64_t>(frame), false);
    play_ = Play::playing;
}

void Slot::rememberPlace(double songQuarters) noexcept {
    const SlotVoice* voice = mainVoice();
    pausedFrame_ = voice != nullptr ? voice->position() : kAfterTheEnd;
    pausedQuarters_ = songQuarters;
}

void Slot::transportStopped(const SlotContext& context) noexcept {
    if (stop_.set && stop_.when.kind == When::Kind::line) { // its line will not come
        stop_.set = false;
        stopNow(context, stop_.commandId);
    }
    if (play_ != Play::playing || !follows_) return;
    offTempo_ = false;
    if (!quantised_) {
        follows_ = false; // launched at once by hand: sounds on by itself
        return;
    }
    rememberPlace(context.transport.departedQuarters());
    releaseMain(context);
    play_ = Play::paused;
}

bool Slot::differsFromTempo(const SlotContext& context) const noexcept {
    if (!inCycles(context)) return false;
    const auto frames = static_cast<double>(mainVoice()->clipFrames());
    const double cycleFrames = cycleQuarters(context, *mainVoice()->clip()) / context.transport.quartersPerFrame();
    return std::fabs(cycleFrames - frames) > std::max(kOffTempoFrames, kOffTempoRatio * frames);
}

void Slot::report(const SlotContext& context) noexcept {
    offTempo_ = differsFromTempo(context);
    reportPause(context);
    reportTempo(context);
}

/** What came and went within the block is not told. */
void Slot::reportPause(const SlotContext& context) noexcept {
    const bool paused = play_ == Play::paused;
    if (paused == pauseReported_ || play_ == Play::stopped) return;
    pauseReported_ = paused;
    if (paused) offTempoReported_ = false;
    pushEvent(context, paused ? segment::EventKind::paused : segment::EventKind::resumed, context.transport.position(), 0);
}

void Slot::reportTempo(const SlotContext& context) noexcept {
    if (offTempo_ == offTempoReported_ || play_ != Play::playing) return;
    if (tempoReportFrame_ != 0 && context.frame - tempoReportFrame_ < kTempoReportFades * context.fadeFrames) return;
    offTempoReported_ = offTempo_;
    tempoReportFrame_ = context.frame;
    segment::Event event{};
    event.kind = segment::EventKind::offTempo;
    event.slot = index_;
    event.frame = context.frame;
    event.songQuarters = context.transport.position();
    event.data0 = offTempo_ ? 1 : 0;
    context.events.push(event);
}

void Slot::render(const SlotContext& context, float* left, float* right, std::uint32_t frames, float gain) noexcept {
    SlotVoice* voice = mainVoice();
    if (voice == nullptr && tails_ == 0) return;
    if (voice != nullptr) voice->setAfterLastFrame(afterLastFrame(context, *voice->clip()));
    const bool begins = tails_ == 0 && voice != nullptr && !voice->hasSounded();
    if (begins) gain_.snapTo(gain);
    else gain_.moveTo(gain, context.fadeFrames);

    std::uint32_t lastSound = 0;
    for (std::uint32_t done = 0; done < frames;) {
        const std::uint32_t run = gain_.steady() ? frames - done : std::min(frames - done, gain_.remaining);
        for (SlotVoice& each : voices_)
            if (each.active()) lastSound = std::max(lastSound, done + each.render(left + done, right + done, run, gain_));
        gain_.advance(run);
        done += run;
    }
    if (voice != nullptr && !voice->active()) main_ = -1;
    countVoices();
    if (main_ < 0 && tails_ == 0) noticeSilence(context, context.frame + lastSound);
    if (anyOutgoing_) sweepOutgoing(context);
}

void Slot::noticeSilence(const SlotContext& context, std::uint64_t frame) noexcept {
    if (play_ == Play::paused) return;
    play_ = Play::stopped;
    offTempo_ = false;
    const double quarters = context.transport.position() + static_cast<double>(frame - context.frame) * context.transport.quartersPerFrame();
    pushEnded(context, frame, quarters, endingCommandId_);
}

void Slot::silence(const SlotContext& context) noexcept {
    const TransportTracker& transport = context.transport;
    if (play_ == Play::playing) rememberPlace(transport.musical() ? transport.position() : std::numeric_limits<double>::quiet_NaN());
    const bool sounded = play_ != Play::stopped || tails_ > 0;
    for (SlotVoice& voice : voices_) voice.end();
    main_ = -1;
    tails_ = 0;
    offTempo_ = false;
    gateHeld_ = false;
    play_ = play_ != Play::stopped && follows_ && quantised_ ? Play::paused : Play::stopped;
    if (sounded && play_ == Play::stopped) pushEnded(context, context.frame, transport.position(), endingCommandId_);
    reportPause(context);
    sweepOutgoing(context);
}

} // namespace grym::engine
