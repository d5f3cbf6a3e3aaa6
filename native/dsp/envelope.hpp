#pragma once
#include "maths.hpp"

namespace grym::dsp {

/** Attack (straight), decay and release (exponential). Times in seconds; sustain 0…1. */
class Envelope {
 public:
  Envelope(double attack, double decay, double sustain, double release, double rate) noexcept
      : attackStep_(1.0 / (attack * rate > 1.0 ? attack * rate : 1.0)),
        decayFactor_(decayPerFrame(decay, rate)),
        releaseFactor_(decayPerFrame(release, rate)),
        sustain_(sustain) {}

  void release() noexcept { stage_ = Stage::release; }
  /** Below −90 dB after release, or decayed to a sustain of nothing. */
  bool finished() const noexcept { return stage_ != Stage::attack && value_ < 0.00003; }
  double value() const noexcept { return value_; }

  double next() noexcept {
    switch (stage_) {
      case Stage::attack:
        value_ += attackStep_;
        if (value_ >= 1.0) { value_ = 1.0; stage_ = Stage::decay; }
        break;
      case Stage::decay:
        value_ = sustain_ + (value_ - sustain_) * decayFactor_;
        break;
      case Stage::release:
        value_ *= releaseFactor_;
        break;
    }
    return value_;
  }

 private:
  enum class Stage { attack, decay, release };
  double attackStep_, decayFactor_, releaseFactor_, sustain_;
  double value_ = 0.0;
  Stage stage_ = Stage::attack;
};

}  // namespace grym::dsp
