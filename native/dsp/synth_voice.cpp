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
        count_(static_cast<int>(floorOf(p[P::unison] + 0.5))) {
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
    air_[0].set(4200.0, 0.1, rate);
    air_[1].set(4200.0, 0.1, rate);
  }

  void render(Canvas& canvas, const Control& control) {
    Writer out(canvas, plan_.start, control);
    const double level = (0.35 + 0.65 * note_.velocity) * note_.velocity;
    for (std::int64_t frame = 0; !out.past(); ++frame) {
      if (frame % CONTROL_FRAMES == 0) steer(frame, out.place());
      if (frame == plan_.gate) { amplitude_.release(); filterEnvelope_.release(); }
      const double amplitude = amplitude_.next();
      filterEnvelope_.next();
      if (amplitude_.finished()) break;
      double sides[2];
      sources(sides);
      for (std::size_t side = 0; side < 2; ++side) {
        double sound = filter_.process(side, sides[side]) + subSound_ + fmSound_;
        sound = drive_.process(sound * amplitude);
        if (p_[P::air] > 0.0) sound += air_[side].high(random_.nextBipolar()) * p_[P::air] * 0.16 * amplitude;
        sides[side] = sound * level;
      }
      out.push(sides[0], sides[1]);
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
    ratio_ = mix(2.0, 3.51, p_[P::metal]);
    const double keyTrack = (pitch - 57.0) / 12.0 * 0.35;
    const double opening = p_[P::envelope] * filterEnvelope_.value() * (0.45 + 0.55 * note_.velocity);
    const double octaves = keyTrack + opening + wave * p_[P::motion] * 1.3 + p_[P::drift] * 0.25 * wander_.at(seconds + 500.0);
    filter_.set(clampTo(p_[P::tone] * exp2Of(octaves), 30.0, rate_ * 0.42), p_[P::resonance], rate_);
    pulseWidth_ = 0.5 + 0.32 * p_[P::motion] * sinTurns(place * plan_.waveCycles + 0.3);
  }

  void sources(double (&sides)[2]) {
    double left = 0.0, right = 0.0;
    for (int i = 0; i < count_; ++i) {
      auto& oscillator = oscillators_[static_cast<std::size_t>(i)];
      const double sound = shapedAt(oscillator.phase.advance(oscillator.step), oscillator.step, p_[P::shape], pulseWidth_);
      left += sound * oscillator.left;
      right += sound * oscillator.right;
    }
    subSound_ = p_[P::sub] > 0.0 ? sinTurns(sub_.advance(subStep_)) * p_[P::sub] * 0.55 : 0.0;
    fmSound_ = 0.0;
    if (p_[P::fm] > 0.0) {
      const double modulator = sinTurns(modulator_.advance(baseStep_ * ratio_ < 0.45 ? baseStep_ * ratio_ : 0.45));
      const double index = p_[P::fm] * (0.25 + filterEnvelope_.value()) * 0.75;
      fmSound_ = sinTurns(carrier_.advance(baseStep_) + modulator * index) * p_[P::fm] * 0.5;
    }
    if (p_[P::metal] > 0.0) {
      const double ringing = sinTurns(ring_.advance(baseStep_ * 2.76 < 0.45 ? baseStep_ * 2.76 : 0.45));
      left = mix(left, left * ringing * 1.6, p_[P::metal] * 0.6);
      right = mix(right, right * ringing * 1.6, p_[P::metal] * 0.6);
    }
    if (p_[P::noise] > 0.0) {
      const double common = random_.nextBipolar() * 0.6;
      left += (common + random_.nextBipolar() * 0.5) * p_[P::noise] * 0.7;
      right += (common + random_.nextBipolar() * 0.5) * p_[P::noise] * 0.7;
    }
    sides[0] = left;
    sides[1] = right;
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
  std::array<StateVariable, 2> air_{};
  Phase sub_, modulator_, carrier_, ring_;
  double subStep_ = 0.0, baseStep_ = 0.0, ratio_ = 2.0, pulseWidth_ = 0.5, subSound_ = 0.0, fmSound_ = 0.0;
};

}  // namespace

void renderSynthNote(Canvas& canvas, const Parameters& parameters, const Note& note, const VoicePlan& plan, Random random, const Control& control) {
  SynthVoice(parameters, note, plan, random, canvas.rate()).render(canvas, control);
}

}  // namespace grym::dsp
