// Real-time: one reading of one clip, with its fades. Nothing here allocates, locks or waits.
#pragma once

#include <cstdint>

#include "clip.hpp"

namespace grym::engine {

/** Straight line from the present gain to the wanted one. */
class GainRamp {
public:
    void snapTo(float gain) noexcept { *this = {gain, gain, 0, 0}; }
    void moveTo(float gain, std::uint32_t frames) noexcept;
    void advance(std::uint32_t frames) noexcept;
    bool steady() const noexcept { return remaining == 0; }

    float current = 1;
    float target = 1;
    float step = 0; // per frame
    std::uint32_t remaining = 0;
};

/** What happens where a clip's samples are used up. */
enum class AfterLastFrame {
    end,   // one-shot
    wrap,  // repeats by its own length
    hold,  // waits for the cycle's end, which comes from outside
};

class SlotVoice {
public:
    bool active() const noexcept { return clip_ != nullptr; }
    const Clip* clip() const noexcept { return clip_; }
    /** Next frame of the clip; beyond its length while it waits for the cycle's end. */
    std::uint64_t position() const noexcept { return position_; }
    std::uint64_t clipFrames() const noexcept { return frames_; }
    /** Whether any frame has sounded since start(). */
    bool hasSounded() const noexcept { return hasSounded_; }
    bool leaving() const noexcept { return fadeEnd_ == FadeEnd::voiceEnds && fadeRemaining_ > 0; }
    float fade() const noexcept { return fade_; }

    void start(const Clip& clip, std::uint64_t position, std::uint32_t fadeInFrames, AfterLastFrame after) noexcept;
    /** Goes on at another frame without a fade, for seams that are seamless by themselves. */
    void moveTo(std::uint64_t position) noexcept;
    void setAfterLastFrame(AfterLastFrame after) noexcept { after_ = after; }
    /** Fades to silence and ends. */
    void fadeOut(std::uint32_t frames) noexcept;
    /** Fades to silence and stays so until start() or moveTo(). */
    void fadeToSilence(std::uint32_t frames) noexcept;
    void end() noexcept { *this = {}; }

    /** Adds `frames` frames to the outputs; returns how many were played before the voice ended. */
    std::uint32_t render(float* left, float* right, std::uint32_t frames, const GainRamp& gain) noexcept;

private:
    enum class FadeEnd { soundsOn, voiceEnds, staysSilent };
    std::uint32_t uniformRun(std::uint32_t wanted) const noexcept;
    void mix(float* left, float* right, std::uint32_t frames, float gain, float gainStep) const noexcept;
    void advance(std::uint32_t frames) noexcept;

    const Clip* clip_ = nullptr;
    const float* left_ = nullptr;
    const float* right_ = nullptr;
    std::uint64_t frames_ = 0;
    std::uint64_t position_ = 0;
    AfterLastFrame after_ = AfterLastFrame::end;
    float fade_ = 1;
    float fadeStep_ = 0;
    std::uint32_t fadeRemaining_ = 0;
    FadeEnd fadeEnd_ = FadeEnd::soundsOn;
    bool hasSounded_ = false;
};

} // namespace grym::engine
