#pragma once
// Where voices are summed: a stereo buffer of exactly one loop at the synthesis rate. In a loop, what rings beyond the end is
// folded back to the start, so that the first cycle already contains the tail of the one before it.
#include <array>
#include <cstdint>
#include <vector>

#include "control.hpp"

namespace grym::dsp {

class Canvas {
 public:
  Canvas(std::int64_t frames, double rate, bool circular)
      : left(static_cast<std::size_t>(frames)), right(static_cast<std::size_t>(frames)), frames_(frames), rate_(rate), circular_(circular) {}

  std::int64_t frames() const noexcept { return frames_; }
  double rate() const noexcept { return rate_; }
  bool circular() const noexcept { return circular_; }

  std::vector<float> left, right;

 private:
  std::int64_t frames_;
  double rate_;
  bool circular_;
};

/** Appends a voice's frames to the canvas from a start on; flushes, and looks for a cancel, every 512 frames. */
class Writer {
 public:
  Writer(Canvas& canvas, std::int64_t start, const Control& control) noexcept : canvas_(canvas), control_(control) {
    const std::int64_t frames = canvas.frames();
    position_ = canvas.circular() ? ((start % frames) + frames) % frames : (start < 0 ? 0 : start);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /** Where in the loop the next frame lands, 0…1: the phase of waves that must fit the loop. */
  double place() const noexcept { return static_cast<double>(position_) / static_cast<double>(canvas_.frames()); }
  /** A one-shot's end: nothing that is written now will be heard. */
  bool past() const noexcept { return !canvas_.circular() && position_ >= canvas_.frames(); }

  void push(double left, double right) {
    if (position_ >= canvas_.frames()) {
      if (!canvas_.circular()) return;
      position_ = 0;
    }
    canvas_.left[static_cast<std::size_t>(position_)] += static_cast<float>(left);
    canvas_.right[static_cast<std::size_t>(position_)] += static_cast<float>(right);
    ++position_;
    if ((++written_ & 511) == 0) control_.checkpoint();
  }

 private:
  Canvas& canvas_;
  const Control& control_;
  std::int64_t position_ = 0;
  std::uint32_t written_ = 0;
};

}  // namespace grym::dsp
