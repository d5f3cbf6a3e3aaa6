// Real-time: nothing here allocates, locks, makes a system call or waits.
#include "slot_voice.hpp"

#include <algorithm>

namespace grym::engine {
namespace {

/** Up to so many frames after a clip's end its last sample is held: a rounding of the cycle's length makes no gap. */
constexpr std::uint64_t kHeldFrames = 32;

void add(float* __restrict output, const float* __restrict samples, std::uint32_t frames) noexcept {
    for (std::uint32_t index = 0; index < frames; ++index) output[index] += samples[index];
}

void addScaled(float* __restrict output, const float* __restrict samples, std::uint32_t frames, float gain) noexcept {
    for (std::uint32_t index = 0; index < frames; ++index) output[index] += gain * samples[index];
}

struct Line {
    float start;
    float step;
    float at(std::uint32_t index) const noexcept { return start + static_cast<float>(index) * step; }
};

/** `stride` 0 repeats one sample. */
void addRamped(float* __restrict output, const float* __restrict samples, std::uint32_t stride, std::uint32_t frames, Line gain,
               Line fade) noexcept {
    for (std::uint32_t index = 0; index < frames; ++index)
        output[index] += gain.at(index) * fade.at(index) * samples[index * stride];
}

} // namespace

void GainRamp::moveTo(float gain, std::uint32_t frames) noexcept {
    if (gain == target) return;
    if (frames == 0) return snapTo(gain);
    target = gain;
    remaining = frames;
    step = (target - current) / static_cast<float>(frames);
}

void GainRamp::advance(std::uint32_t frames) noexcept {
    if (remaining == 0) return;
    remaining -= std::min(frames, remaining);
    if (remaining == 0) return snapTo(target); // exactly: unity is 1.0f
    current += step * static_cast<float>(frames);
}

void SlotVoice::start(const Clip& clip, std::uint64_t position, std::uint32_t fadeInFrames, AfterLastFrame after) noexcept {
    *this = {};
    clip_ = &clip;
    left_ = clip.left.data();
    right_ = clip.right.data();
    frames_ = clip.frames();
    position_ = position;
    after_ = after;
    if (fadeInFrames == 0) return;
    fade_ = 0;
    fadeStep_ = 1 / static_cast<float>(fadeInFrames);
    fadeRemaining_ = fadeInFrames;
}

void SlotVoice::moveTo(std::uint64_t position) noexcept {
    position_ = position;
    if (fadeEnd_ != FadeEnd::staysSilent) return;
    fadeEnd_ = FadeEnd::soundsOn;
    fade_ = 1;
    fadeStep_ = 0;
    fadeRemaining_ = 0;
}

void SlotVoice::fadeOut(std::uint32_t frames) noexcept {
    if (!active() || leaving()) return;
    if (fade_ == 0 && fadeRemaining_ == 0) return end();
    fadeEnd_ = FadeEnd::voiceEnds;
    fadeRemaining_ = frames;
    fadeStep_ = -fade_ / static_cast<float>(frames);
}

void SlotVoice::fadeToSilence(std::uint32_t frames) noexcept {
    if (leaving()) return;
    fadeEnd_ = FadeEnd::staysSilent;
    fadeRemaining_ = frames;
    fadeStep_ = frames == 0 ? 0 : -fade_ / static_cast<float>(frames);
    if (frames == 0) fade_ = 0;
}

/** Frames that can be mixed by one rule: no end of a fade, of the clip, or of the held sample lies inside. */
std::uint32_t SlotVoice::uniformRun(std::uint32_t wanted) const noexcept {
    std::uint64_t run = wanted;
    if (fadeRemaining_ > 0) run = std::min<std::uint64_t>(run, fadeRemaining_);
    if (position_ < frames_) run = std::min(run, frames_ - position_);
    else if (position_ < frames_ + kHeldFrames) run = std::min(run, frames_ + kHeldFrames - position_);
    return static_cast<std::uint32_t>(run);
}

void SlotVoice::mix(float* left, float* right, std::uint32_t frames, float gain, float gainStep) const noexcept {
    const bool silent = fade_ == 0 && fadeRemaining_ == 0;
    if (silent || position_ >= frames_ + kHeldFrames || frames_ == 0) return;
    const bool held = position_ >= frames_;
    const std::uint64_t from = held ? frames_ - 1 : position_;
    if (held || fadeRemaining_ > 0 || gainStep != 0) {
        const std::uint32_t stride = held ? 0 : 1;
        addRamped(left, left_ + from, stride, frames, {gain, gainStep}, {fade_, fadeStep_});
        addRamped(right, right_ + from, stride, frames, {gain, gainStep}, {fade_, fadeStep_});
    } else if (gain == 1.0f) {
        add(left, left_ + from, frames);
        add(right, right_ + from, frames);
    } else {
        addScaled(left, left_ + from, frames, gain);
        addScaled(right, right_ + from, frames, gain);
    }
}

void SlotVoice::advance(std::uint32_t frames) noexcept {
    position_ += frames;
    hasSounded_ = true;
    if (fadeRemaining_ == 0) return;
    fadeRemaining_ -= frames;
    fade_ += fadeStep_ * static_cast<float>(frames);
    if (fadeRemaining_ > 0) return;
    fadeStep_ = 0;
    if (fadeEnd_ == FadeEnd::voiceEnds) end();
    else fade_ = fadeEnd_ == FadeEnd::staysSilent ? 0.0f : 1.0f;
}

std::uint32_t SlotVoice::render(float* left, float* right, std::uint32_t frames, const GainRamp& gain) noexcept {
    std::uint32_t done = 0;
    while (done < frames && active()) {
        if (position_ >= frames_ && after_ == AfterLastFrame::wrap && frames_ > 0) position_ %= frames_;
        if (position_ >= frames_ && (after_ == AfterLastFrame::end || frames_ == 0)) {
            end();
            break;
        }
        const std::uint32_t run = uniformRun(frames - done);
        mix(left + done, right + done, run, gain.current + static_cast<float>(done) * gain.step, gain.step);
        advance(run);
        done += run;
    }
    // A one-shot whose last frame was just played ends now, so that its end is reported at the right frame.
    if (active() && after_ == AfterLastFrame::end && position_ >= frames_) end();
    return done;
}

} // namespace grym::engine
