#include "effects.hpp"

#include <algorithm>
#include <array>
#include <cmath>

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

/**
 * Eight delay lines fed back through a Hadamard matrix (Jot, Chaigne 1991), with diffusion before and damping inside. The lines
 * lie side by side in one ring of power-of-two length, eight floats to a frame.
 */
class Reverberation {
 public:
  Reverberation(const Parameters& p, double rate)
      : predelay_(0.014 * rate + 2.0), predelayFrames_(static_cast<std::size_t>(0.014 * rate) + 1),
        amount_(p[P::reverb] * (0.25 + 0.75 * p[P::reverb]) * 0.9), lead_(p[P::space] * 1.2 + 0.1) {
    static constexpr std::array<double, 8> MILLISECONDS = {31.3, 37.9, 41.9, 47.3, 53.9, 61.7, 68.9, 79.3};
    // Small rooms have short paths.
    const double size = clampTo(0.45 + p[P::space] * 0.25, 0.5, 1.0);
    const double perFrame = log2Of(decayPerFrame(p[P::space], rate));
    for (std::size_t i = 0; i < 8; ++i) {
      lengths_[i] = static_cast<std::size_t>(MILLISECONDS[i] * 0.001 * rate * size) + 1;
      gains_[i] = static_cast<float>(exp2Of(perFrame * static_cast<double>(lengths_[i])) * 0.35355339059327373);
    }
    std::size_t frames = 2;
    while (frames <= lengths_[7]) frames *= 2;
    mask_ = frames - 1;
    ring_.assign(frames * 8, 0.0F);
    damping_ = static_cast<float>(1.0 - exp2Of(-2.0 * PI * clampTo((3500.0 + 4500.0 * p.position(P::tone)) / rate, 0.0, 0.4) / LN2));
    lowCut_ = static_cast<float>(1.0 - exp2Of(-2.0 * PI * 60.0 / rate / LN2));
    for (const double milliseconds : {4.77, 3.59, 12.73, 9.31}) diffusers_.emplace_back(milliseconds * 0.001 * rate, 0.65);
  }

  double leadSeconds() const noexcept { return lead_; }

  void process(std::int64_t, double& left, double& right) noexcept {
    predelay_.write((left + right) * 0.5);
    double input = predelay_.read(predelayFrames_);
    for (auto& diffuser : diffusers_) input = diffuser.process(input);
    const auto push = static_cast<float>(input * 0.5), side = static_cast<float>((left - right) * 0.3);
    std::array<float, 8> v;
    for (std::size_t i = 0; i < 8; ++i) v[i] = ring_[((at_ - lengths_[i]) & mask_) * 8 + i];
    for (std::size_t i = 0; i < 8; ++i) {
      dampingState_[i] += damping_ * (v[i] - dampingState_[i]);
      lowState_[i] += lowCut_ * (dampingState_[i] - lowState_[i]);
      v[i] = dampingState_[i] - lowState_[i];
    }
    left += static_cast<double>(v[0] - v[2] + v[4] - v[6]) * amount_;
    right += static_cast<double>(v[1] - v[3] + v[5] - v[7]) * amount_;
    for (std::size_t span = 1; span < 8; span *= 2)
      for (std::size_t i = 0; i < 8; ++i)
        if ((i & span) == 0) {
          const float a = v[i], b = v[i + span];
          v[i] = a + b;
          v[i + span] = a - b;
        }
    float* target = &ring_[(at_ & mask_) * 8];
    for (std::size_t i = 0; i < 8; ++i) target[i] = v[i] * gains_[i] + push + (i % 2 == 0 ? side : -side);
    ++at_;
  }

 private:
  DelayLine predelay_;
  std::size_t predelayFrames_;
  std::vector<float> ring_;
  std::vector<AllPass> diffusers_;
  std::array<std::size_t, 8> lengths_{};
  std::array<float, 8> gains_{}, dampingState_{}, lowState_{};
  std::size_t mask_ = 0, at_ = std::size_t{1} << 40;
  float damping_ = 1.0F, lowCut_ = 0.0F;
  double amount_, lead_;
};

/** The grid of held samples hangs on the position in the loop, not on how the loop was entered. */
class Crush {
 public:
  Crush(double amount, double rate) noexcept
      : // Whole frames at 48 kHz: a fraction would scatter images of the bass over the treble.
        hold_(std::max(1.0, floorOf(1.5 + 5.0 * amount) * rate / 48000.0)), steps_(exp2Of(15.0 - 9.5 * std::sqrt(amount))) {}
  double leadSeconds() const noexcept { return 0.001; }
  void process(std::int64_t at, double& left, double& right) noexcept {
    const auto cell = static_cast<std::int64_t>(static_cast<double>(at) / hold_);
    if (cell != cell_) {
      cell_ = cell;
      left_ = floorOf(left * steps_ + 0.5) / steps_;
      right_ = floorOf(right * steps_ + 0.5) / steps_;
    }
    left = left_;
    right = right_;
  }

 private:
  double hold_, steps_, left_ = 0.0, right_ = 0.0;
  std::int64_t cell_ = -1;
};

/** The weight of tonal instruments, and no direct current. */
class Shelf {
 public:
  Shelf(double decibels, double rate) noexcept : left_(150.0, decibels, rate), right_(150.0, decibels, rate) {
    for (auto& blocker : blockers_) blocker.set(14.0, rate);
  }
  double leadSeconds() const noexcept { return 0.2; }
  void process(std::int64_t, double& left, double& right) noexcept {
    left = blockers_[0].high(left_.process(left));
    right = blockers_[1].high(right_.process(right));
  }

 private:
  LowShelf left_, right_;
  std::array<OnePole, 2> blockers_;
};

/** Two copies whose delay a slow wave moves; the wave goes a whole number of times around the loop. */
class Chorus {
 public:
  Chorus(double amount, double rate, std::int64_t frames)
      : lines_{DelayLine(0.03 * rate), DelayLine(0.03 * rate)}, amount_(amount), rate_(rate),
        cyclesPerFrame_(std::max(1.0, floorOf(0.55 * static_cast<double>(frames) / rate + 0.5)) / static_cast<double>(frames)) {}
  double leadSeconds() const noexcept { return 0.03; }
  void process(std::int64_t at, double& left, double& right) noexcept {
    const double wave = sinTurns(static_cast<double>(at) * cyclesPerFrame_);
    lines_[0].write(left);
    lines_[1].write(right);
    const double a = lines_[0].readBetween((0.011 + 0.0035 * wave) * rate_), b = lines_[1].readBetween((0.0135 - 0.0035 * wave) * rate_);
    const double dry = 1.0 - 0.35 * amount_;
    left = left * dry + (a * 0.85 - b * 0.25) * amount_ * 0.75;
    right = right * dry + (b * 0.85 - a * 0.25) * amount_ * 0.75;
  }

 private:
  std::array<DelayLine, 2> lines_;
  double amount_, rate_, cyclesPerFrame_;
};

/** Three sixteenths, from side to side, darker and thinner each time. */
class Echo {
 public:
  Echo(double amount, double seconds, double rate)
      : frames_(static_cast<std::size_t>(std::max(2.0, seconds * rate))), lines_{DelayLine(static_cast<double>(frames_)), DelayLine(static_cast<double>(frames_))},
        amount_(amount), lead_(seconds * 16.0) {
    for (std::size_t side = 0; side < 2; ++side) {
      high_[side].set(4200.0, rate);
      low_[side].set(240.0, rate);
    }
  }
  double leadSeconds() const noexcept { return lead_; }
  void process(std::int64_t, double& left, double& right) noexcept {
    const double a = lines_[0].read(frames_), b = lines_[1].read(frames_);
    const double backA = high_[0].low(a) - low_[0].low(a), backB = high_[1].low(b) - low_[1].low(b);
    lines_[0].write((left + right) * 0.5 + backB * 0.46);
    lines_[1].write(backA * 0.92);
    left += backA * amount_;
    right += backB * amount_;
  }

 private:
  std::size_t frames_;
  std::array<DelayLine, 2> lines_;
  std::array<OnePole, 2> high_, low_;
  double amount_, lead_;
};

/** Width as the level of the sides' difference, which is left out below 120 Hz: a mono low end survives every system. */
class Width {
 public:
  Width(double width, double rate) noexcept : width_(width) { low_.set(120.0, rate); }
  double leadSeconds() const noexcept { return 0.1; }
  void process(std::int64_t, double& left, double& right) noexcept {
    const double middle = (left + right) * 0.5;
    double side = (left - right) * 0.5;
    side = (side - low_.low(side)) * width_;
    left = middle + side;
    right = middle - side;
  }

 private:
  OnePole low_;
  double width_;
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

/** One effect, in place. A loop is first run around its end, silently, so that the effect starts in the state it ends in. */
template <typename Stage>
void run(Stage stage, std::vector<float>& left, std::vector<float>& right, const Music& music, const Control& control) {
  const auto frames = static_cast<std::int64_t>(left.size());
  std::int64_t lead = music.loop ? static_cast<std::int64_t>(stage.leadSeconds() * music.sampleRate) + 1 : 0;
  std::int64_t at = (frames - lead % frames) % frames;
  for (; lead > 0; --lead) {
    if ((lead & 2047) == 0) control.checkpoint();
    double l = static_cast<double>(left[static_cast<std::size_t>(at)]), r = static_cast<double>(right[static_cast<std::size_t>(at)]);
    stage.process(at, l, r);
    at = at + 1 == frames ? 0 : at + 1;
  }
  for (at = 0; at < frames; ++at) {
    if ((at & 2047) == 0) control.checkpoint();
    double l = static_cast<double>(left[static_cast<std::size_t>(at)]), r = static_cast<double>(right[static_cast<std::size_t>(at)]);
    stage.process(at, l, r);
    left[static_cast<std::size_t>(at)] = static_cast<float>(l);
    right[static_cast<std::size_t>(at)] = static_cast<float>(r);
  }
}

}  // namespace

void applyEffects(std::vector<float>& left, std::vector<float>& right, const Parameters& p, const Music& music, const Control& control) {
  const double rate = music.sampleRate;
  normalise(left, right);
  if (p[P::crush] > 0.0) run(Crush(p[P::crush], rate), left, right, music, control);
  // Drums shape their weight voice by voice.
  const bool tonal = instrumentSpec(p.instrument()).tonal;
  run(Shelf(tonal ? weightDecibels(p[P::weight]) : 0.0, rate), left, right, music, control);
  if (p[P::chorus] > 0.0) run(Chorus(p[P::chorus], rate, static_cast<std::int64_t>(left.size())), left, right, music, control);
  if (p[P::delay] > 0.0) run(Echo(p[P::delay], 0.75 * 60.0 / music.tempoBpm, rate), left, right, music, control);
  if (p[P::reverb] > 0.0) run(Reverberation(p, rate), left, right, music, control);
  run(Width(p[P::width], rate), left, right, music, control);
}

}  // namespace grym::dsp
