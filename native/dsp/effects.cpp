#include "effects.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "shelf.hpp"

namespace grym::dsp {
namespace {

class DelayLine {
 public:
  explicit DelayLine(double frames) : buffer_(static_cast<std::size_t>(frames < 1.0 ? 2 : frames + 2.0), 0.0F) {}
  void write(double value) noexcept {
    buffer_[at_] = static_cast<float>(value);
    at_ = at_ + 1 == buffer_.size() ? 0 : at_ + 1;
  }
  double read(std::size_t frames) const noexcept { return static_cast<double>(buffer_[at_ >= frames ? at_ - frames : at_ + buffer_.size() - frames]); }
  double readBetween(double frames) const noexcept {
    const auto whole = static_cast<std::size_t>(frames);
    return mix(read(whole), read(whole + 1), frames - static_cast<double>(whole));
  }
  std::size_t longest() const noexcept { return buffer_.size() - 1; }

 private:
  std::vector<float> buffer_;
  std::size_t at_ = 0;
};

class AllPass {
 public:
  AllPass(double frames, double gain) : line_(frames), frames_(static_cast<std::size_t>(frames < 1.0 ? 1.0 : frames)), gain_(gain) {}
  double process(double input) noexcept {
    const double delayed = line_.read(frames_);
    const double inside = input - gain_ * delayed;
    line_.write(inside);
    return delayed + gain_ * inside;
  }

 private:
  DelayLine line_;
  std::size_t frames_;
  double gain_;
};

/** Eight delay lines fed back through a Hadamard matrix (Jot, Chaigne 1991), with diffusion before and damping inside. */
class Reverberation {
 public:
  Reverberation(double seconds, double dampingHertz, double rate) : predelay_(0.014 * rate + 2.0), predelayFrames_(static_cast<std::size_t>(0.014 * rate) + 1) {
    static constexpr std::array<double, 8> MILLISECONDS = {31.3, 37.9, 41.9, 47.3, 53.9, 61.7, 68.9, 79.3};
    // Small rooms have short paths.
    const double size = clampTo(0.45 + seconds * 0.25, 0.5, 1.0);
    for (std::size_t i = 0; i < 8; ++i) {
      const double frames = MILLISECONDS[i] * 0.001 * rate * size;
      lines_.emplace_back(frames);
      lengths_[i] = static_cast<std::size_t>(frames);
      gains_[i] = decayPerFrame(seconds, rate);
      gains_[i] = exp2Of(log2Of(gains_[i]) * static_cast<double>(lengths_[i])) * 0.35355339059327373;
      damping_[i].set(dampingHertz, rate);
      lows_[i].set(60.0, rate);
    }
    for (const double milliseconds : {4.77, 3.59, 12.73, 9.31}) diffusers_.emplace_back(milliseconds * 0.001 * rate, 0.65);
  }

  std::array<double, 2> process(double left, double right) noexcept {
    predelay_.write((left + right) * 0.5);
    double input = predelay_.read(predelayFrames_);
    for (auto& diffuser : diffusers_) input = diffuser.process(input);
    const double side = (left - right) * 0.3;
    std::array<double, 8> v{};
    for (std::size_t i = 0; i < 8; ++i) {
      const double out = damping_[i].low(lines_[i].read(lengths_[i]));
      v[i] = out - lows_[i].low(out);
    }
    const double wetLeft = v[0] - v[2] + v[4] - v[6], wetRight = v[1] - v[3] + v[5] - v[7];
    for (std::size_t span = 1; span < 8; span *= 2)
      for (std::size_t i = 0; i < 8; ++i)
        if ((i & span) == 0) {
          const double a = v[i], b = v[i + span];
          v[i] = a + b;
          v[i + span] = a - b;
        }
    for (std::size_t i = 0; i < 8; ++i) lines_[i].write(v[i] * gains_[i] + input * 0.5 + (i % 2 == 0 ? side : -side));
    return {wetLeft, wetRight};
  }

 private:
  DelayLine predelay_;
  std::size_t predelayFrames_;
  std::vector<DelayLine> lines_;
  std::vector<AllPass> diffusers_;
  std::array<std::size_t, 8> lengths_{};
  std::array<double, 8> gains_{};
  std::array<OnePole, 8> damping_, lows_;
};

class Chain {
 public:
  Chain(const Parameters& p, const Music& music, std::int64_t frames)
      : rate_(music.sampleRate), p_(p), inverseFrames_(1.0 / static_cast<double>(frames)) {
    const double seconds = static_cast<double>(frames) / rate_;
    if (p[P::chorus] > 0.0) {
      chorusCycles_ = std::max(1.0, floorOf(0.55 * seconds + 0.5));
      for (int side = 0; side < 2; ++side) chorusLines_.emplace_back(0.03 * rate_);
    }
    if (p[P::delay] > 0.0) {
      echoFrames_ = static_cast<std::size_t>(std::max(2.0, 0.75 * 60.0 / music.tempoBpm * rate_));
      for (std::size_t side = 0; side < 2; ++side) {
        echoLines_.emplace_back(static_cast<double>(echoFrames_));
        echoHigh_[side].set(4200.0, rate_);
        echoLow_[side].set(240.0, rate_);
      }
    }
    if (p[P::reverb] > 0.0) reverberation_.emplace(p[P::space], 3500.0 + 4500.0 * p.position(P::tone), rate_);
    for (std::size_t side = 0; side < 2; ++side) {
      blocker_[side].set(14.0, rate_);
      if (tonal() && findParameter(p.instrument(), P::weight)) shelves_[side].emplace(150.0, weightDecibels(p[P::weight]), rate_);
    }
    sideLow_.set(120.0, rate_);
    crushHold_ = std::max(1.0, (1.0 + 5.0 * p[P::crush]) * rate_ / 48000.0);
    crushSteps_ = exp2Of(15.0 - 9.5 * std::sqrt(p[P::crush]));
  }

  /** How long a sound lives on in here, in seconds. */
  double tailSeconds(const Music& music) const noexcept {
    double seconds = 0.2;
    if (reverberation_) seconds = std::max(seconds, p_[P::space] * 1.1 + 0.2);
    if (!echoLines_.empty()) seconds = std::max(seconds, 7.0 * 0.75 * 60.0 / music.tempoBpm);
    return std::min(seconds, 10.0);
  }

  void process(std::int64_t at, double& left, double& right) noexcept {
    if (p_[P::crush] > 0.0) crush(at, left, right);
    if (shelves_[0]) { left = shelves_[0]->process(left); right = shelves_[1]->process(right); }
    left = blocker_[0].high(left);
    right = blocker_[1].high(right);
    if (!chorusLines_.empty()) chorus(at, left, right);
    double wetLeft = 0.0, wetRight = 0.0;
    if (!echoLines_.empty()) {
      const double a = echoLines_[0].read(echoFrames_), b = echoLines_[1].read(echoFrames_);
      const double backA = echoHigh_[0].low(a) - echoLow_[0].low(a), backB = echoHigh_[1].low(b) - echoLow_[1].low(b);
      echoLines_[0].write((left + right) * 0.5 + backB * 0.46);
      echoLines_[1].write(backA * 0.92);
      wetLeft += backA * p_[P::delay];
      wetRight += backB * p_[P::delay];
    }
    if (reverberation_) {
      const auto wet = reverberation_->process(left + wetLeft, right + wetRight);
      const double amount = p_[P::reverb] * (0.25 + 0.75 * p_[P::reverb]) * 0.9;
      wetLeft += wet[0] * amount;
      wetRight += wet[1] * amount;
    }
    left += wetLeft;
    right += wetRight;
    const double middle = (left + right) * 0.5;
    double side = (left - right) * 0.5;
    side = (side - sideLow_.low(side)) * p_[P::width];
    left = middle + side;
    right = middle - side;
  }

 private:
  bool tonal() const noexcept { return instrumentSpec(p_.instrument()).tonal; }

  void crush(std::int64_t at, double& left, double& right) noexcept {
    // The grid of held samples hangs on the position in the loop, not on how the loop was entered.
    const auto cell = static_cast<std::int64_t>(static_cast<double>(at) / crushHold_);
    if (cell != crushCell_) {
      crushCell_ = cell;
      heldLeft_ = floorOf(left * crushSteps_ + 0.5) / crushSteps_;
      heldRight_ = floorOf(right * crushSteps_ + 0.5) / crushSteps_;
    }
    left = heldLeft_;
    right = heldRight_;
  }

  void chorus(std::int64_t at, double& left, double& right) noexcept {
    const double wave = sinTurns(static_cast<double>(at) * inverseFrames_ * chorusCycles_);
    chorusLines_[0].write(left);
    chorusLines_[1].write(right);
    const double near = (0.011 + 0.0035 * wave) * rate_, far = (0.0135 - 0.0035 * wave) * rate_;
    const double a = chorusLines_[0].readBetween(near), b = chorusLines_[1].readBetween(far);
    const double dry = 1.0 - 0.35 * p_[P::chorus];
    left = left * dry + (a * 0.85 - b * 0.25) * p_[P::chorus] * 0.75;
    right = right * dry + (b * 0.85 - a * 0.25) * p_[P::chorus] * 0.75;
  }

  double rate_;
  const Parameters& p_;
  double inverseFrames_;
  double chorusCycles_ = 1.0;
  std::vector<DelayLine> chorusLines_, echoLines_;
  std::size_t echoFrames_ = 0;
  std::array<OnePole, 2> echoHigh_, echoLow_, blocker_;
  std::array<std::optional<LowShelf>, 2> shelves_;
  std::optional<Reverberation> reverberation_;
  OnePole sideLow_;
  double crushHold_ = 1.0, crushSteps_ = 32768.0, heldLeft_ = 0.0, heldRight_ = 0.0;
  std::int64_t crushCell_ = -1;
};

/** Brings the peak to 1, so that what depends on level (crush) sounds alike on every instrument. */
void normalise(std::vector<float>& left, std::vector<float>& right) {
  float peak = 0.0F;
  for (const float value : left) peak = std::max(peak, std::fabs(value));
  for (const float value : right) peak = std::max(peak, std::fabs(value));
  if (peak <= 0.0F) return;
  for (auto& value : left) value /= peak;
  for (auto& value : right) value /= peak;
}

}  // namespace

void applyEffects(std::vector<float>& left, std::vector<float>& right, const Parameters& parameters, const Music& music, Control& control) {
  normalise(left, right);
  const auto frames = static_cast<std::int64_t>(left.size());
  Chain chain(parameters, music, frames);
  const std::int64_t lead = music.loop ? static_cast<std::int64_t>(chain.tailSeconds(music) * music.sampleRate) : 0;
  for (std::int64_t i = -lead; i < frames; ++i) {
    if ((i & 1023) == 0) control.checkpoint();
    const std::int64_t at = ((i % frames) + frames) % frames;
    double l = static_cast<double>(left[static_cast<std::size_t>(at)]), r = static_cast<double>(right[static_cast<std::size_t>(at)]);
    chain.process(at, l, r);
    if (i < 0) continue;
    left[static_cast<std::size_t>(at)] = static_cast<float>(l);
    right[static_cast<std::size_t>(at)] = static_cast<float>(r);
  }
}

}  // namespace grym::dsp
