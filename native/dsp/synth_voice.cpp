#include "synth_voice.hpp"

#include <array>

#include "envelope.hpp"
#include "oscillators.hpp"
#include "shelf.hpp"

namespace grym::dsp {
namespace {

constexpr int MAXIMUM_UNISON = 9;
constexpr std::int64_t CONTROL_FRAMES = 16;

/** Random values at a low rate, joined by smooth curves: the wander of an analogue oscillator. */
class Wander {
 public:
  explicit Wander(Random random) noexcept : random_(random) {}
  double at(double seconds) const noexcept {
    const double place = seconds * 2.3;
    const double whole = floorOf(place);
    const auto counter = static_cast<std::uint64_t>(whole);
    const double f = place - whole;
    return mix(random_.bipolar(counter), random_.bipolar(counter + 1), f * f * (3.0 - 2.0 * f));
  }

 private:
  Random random_;
};

struct Oscillator {
  Phase phase;
  double step = 0.0, left = 0.0, right = 0.0, cents = 0.0;
};

/** Ladder or state-variable filter, the same on both sides. */
class VoiceFilter {
 public:
  explicit VoiceFilter(bool ladder) noexcept : ladder_(ladder) {}
  void set(double hertz, double resonance, double rate) noexcept {
    const double gain = integratorGain(hertz, rate);
    for (std::size_t side = 0; side < 2; ++side) {
      if (ladder_) ladders_[side].setGain(gain, resonance);
      else variables_[side].setGain(gain, resonance);
    }
  }
  double process(std::size_t side, double input) noexcept { return ladder_ ? ladders_[side].low(input) : variables_[side].low(input); }

 private:
  bool ladder_;
  std::array<Ladder, 2> ladders_;
  std::array<StateVariable, 2> variables_;
};

class SynthVoice {
 public:
  SynthVoice(const Parameters& p, const Note& note, const VoicePlan& plan, Random random, double rate)
      : p_(p), note_(note), plan_(plan), rate_(rate), random_(random),
        amplitude_(p[P::attack] * 0.001, p[P::decay] * 0.001, p[P::sustain], p[P::release] * 0.001, rate),
        filterEnvelope_(p[P::attack] * 0.0008, p[P::decay] * 0.0008, p[P::sustain] * 0.35, p[P::release] * 0.001, rate),
        filter_(p.instrument() != Instrument::pad), drive_(p[P::drive]), wander_(Random(random, 77)),
        count_(static_cast<int>(floorOf(p[P::unison] + 0.5))),
        sub_(p[P::sub] * 0.55), fm_(p[P::fm]), metal_(p[P::metal]), noise_(p[P::noise] * 0.7), air_(p[P::air] * 0.16) {
    const double gain = 0.5 / std::sqrt(static_cast<double>(count_));
    for (int i = 0; i < count_; ++i) {
      auto& oscillator = oscillators_[static_cast<std::size_t>(i)];
      oscillator.phase.value = random_.next();
      const double place = count_ > 1 ? 2.0 * i / (count_ - 1) - 1.0 : 0.0;
      // Uneven spacing: equal steps would beat together.
      oscillator.cents = place * (0.8 + 0.2 * place * place) * p[P::detune];
      const Pan pan(clampTo((i % 2 == 0 ? place : -place) * 0.85 + note.pan * 0.4, -1.0, 1.0));
      oscillator.left = pan.left * gain;
      oscillator.right = pan.right * gain;
    }
    for (auto& filter : breath_) filter.set(5200.0, rate);
  }

  void render(Canvas& canvas, const Control& control) {
    Writer out(canvas, plan_.start, control);
    const double level = (0.35 + 0.65 * note_.velocity) * note_.velocity;
    for (std::int64_t frame = 0; !out.past(); frame += CONTROL_FRAMES) {
      steer(frame, out.place());
      oscillate();
      for (std::int64_t i = 0; i < CONTROL_FRAMES; ++i) {
        if (frame + i == plan_.gate) { amplitude_.release(); filterEnvelope_.release(); }
        const double amplitude = amplitude_.next();
        filterEnvelope_.next();
        if (amplitude_.finished()) return;
        double sides[2] = {left_[static_cast<std::size_t>(i)], right_[static_cast<std::size_t>(i)]};
        colour(sides);
        for (std::size_t side = 0; side < 2; ++side) {
          double sound = drive_.process((filter_.process(side, sides[side]) + beside_) * amplitude);
          if (air_ > 0.0) sound += breath_[side].high(random_.nextBipolar()) * air_ * amplitude;
          sides[side] = sound * level;
        }
        out.push(sides[0], sides[1]);
      }
    }
  }

 private:
  /** Pitch, filter and pulse width, every CONTROL_FRAMES. */
  void steer(std::int64_t frame, double place) {
    const double seconds = static_cast<double>(frame) / rate_;
    double pitch = note_.pitch;
    if (note_.slideFrom != note_.pitch && p_[P::glide] > 0.0)
      pitch += (note_.slideFrom - note_.pitch) * exp2Of(-seconds * 1000.0 / p_[P::glide] * 3.0);
    if (p_[P::vibrato] > 0.0) {
      const double onset = clampTo((seconds - 0.18) * 3.0, 0.0, 1.0);
      pitch += p_[P::vibrato] * 0.01 * onset * sinTurns(seconds * 5.3);
    }
    const double wave = sinTurns(place * plan_.waveCycles + note_.pan * 0.1);
    for (int i = 0; i < count_; ++i) {
      auto& oscillator = oscillators_[static_cast<std::size_t>(i)];
      const double wander = p_[P::drift] * 25.0 * wander_.at(seconds + i * 13.7);
      oscillator.step = frequencyOfNote(pitch + (oscillator.cents + wander) * 0.01) / rate_;
      if (oscillator.step > 0.45) oscillator.step = 0.45;
    }
    const double frequency = frequencyOfNote(pitch);
    baseStep_ = frequency / rate_;
    subStep_ = (p_.instrument() == Instrument::bass ? frequency : frequency * 0.5) / rate_;
    ratio_ = mix(2.0, 3.51, metal_);
    const double keyTrack = (pitch - 57.0) / 12.0 * 0.35;
    const double opening = p_[P::envelope] * filterEnvelope_.value() * (0.45 + 0.55 * note_.velocity);
    const double octaves = keyTrack + opening + wave * p_[P::motion] * 1.8 + p_[P::drift] * 0.25 * wander_.at(seconds + 500.0);
    filter_.set(clampTo(p_[P::tone] * exp2Of(octaves), 30.0, rate_ * 0.42), p_[P::resonance], rate_);
    pulseWidth_ = 0.5 + 0.32 * p_[P::motion] * sinTurns(place * plan_.waveCycles + 0.3);
  }

  /** The unison's next CONTROL_FRAMES, oscillator by oscillator. */
  void oscillate() {
    left_.fill(0.0);
    right_.fill(0.0);
    const double shape = p_[P::shape];
    for (int n = 0; n < count_; ++n) {
      auto& oscillator = oscillators_[static_cast<std::size_t>(n)];
      for (std::size_t i = 0; i < left_.size(); ++i) {
        const double phase = oscillator.phase.advance(oscillator.step);
        const double sound = shape == 0.5 ? sawAt(phase, oscillator.step) : shapedAt(phase, oscillator.step, shape, pulseWidth_);
        left_[i] += sound * oscillator.left;
        right_[i] += sound * oscillator.right;
      }
    }
  }

  /** What is added to the oscillators before the filter, and what sounds beside it. */
  void colour(double (&sides)[2]) {
    beside_ = sub_ > 0.0 ? sinTurns(subPhase_.advance(subStep_)) * sub_ : 0.0;
    if (fm_ > 0.0) {
      const double modulator = sinTurns(modulator_.advance(baseStep_ * ratio_ < 0.45 ? baseStep_ * ratio_ : 0.45));
      const double index = fm_ * (0.25 + filterEnvelope_.value()) * 0.75;
      beside_ += sinTurns(carrier_.advance(baseStep_) + modulator * index) * fm_ * 0.5;
    }
    if (metal_ > 0.0) {
      const double ringing = sinTurns(ring_.advance(baseStep_ * 2.76 < 0.45 ? baseStep_ * 2.76 : 0.45)) * 1.6;
      for (double& side : sides) side = mix(side, side * ringing, metal_ * 0.6);
    }
    if (noise_ > 0.0) {
      const double common = random_.nextBipolar() * 0.6;
      for (double& side : sides) side += (common + random_.nextBipolar() * 0.5) * noise_;
    }
  }

  const Parameters& p_;
  const Note& note_;
  const VoicePlan& plan_;
  double rate_;
  Random random_;
  Envelope amplitude_, filterEnvelope_;
  VoiceFilter filter_;
  Drive drive_;
  Wander wander_;
  int count_;
  std::array<Oscillator, MAXIMUM_UNISON> oscillators_{};
  std::array<OnePole, 2> breath_{};
  std::array<double, CONTROL_FRAMES> left_{}, right_{};
  Phase subPhase_, modulator_, carrier_, ring_;
  double sub_, fm_, metal_, noise_, air_;
  double subStep_ = 0.0, baseStep_ = 0.0, ratio_ = 2.0, pulseWidth_ = 0.5, beside_ = 0.0;
};

}  // namespace

void renderSynthNote(Canvas& canvas, const Parameters& parameters, const Note& note, const VoicePlan& plan, Random random, const Control& control) {
  SynthVoice(parameters, note, plan, random, canvas.rate()).render(canvas, control);
}

}  // namespace grym::dsp
