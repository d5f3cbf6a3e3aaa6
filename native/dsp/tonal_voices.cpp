#include "tonal_voices.hpp"

#include <algorithm>
#include <array>

#include "envelope.hpp"
#include "oscillators.hpp"
#include "shelf.hpp"

namespace grym::dsp {

void renderKeysNote(Canvas& canvas, const Parameters& p, const Note& note, std::int64_t start, std::int64_t gate, double tremoloCycles, Random random, const Control& control) {
  const double rate = canvas.rate();
  const double bodyRatio = mix(1.0, 1.41, p[P::metal]), tineRatio = mix(14.0, 10.3, p[P::metal]);
  // Low notes ring longer, as on the real instrument.
  const double decaySeconds = p[P::decay] * 0.001 * exp2Of((60.0 - note.pitch) / 24.0);
  Envelope amplitude(p[P::attack] * 0.001, decaySeconds, 0.0, p[P::release] * 0.001, rate);
  const double indexFactor = decayPerFrame(decaySeconds * 0.55, rate), tineFactor = decayPerFrame(0.55, rate);
  const Drive drive(p[P::drive]);
  double index = p[P::tone] * (0.3 + 0.7 * note.velocity) * 0.16, tine = p[P::tine] * note.velocity;
  std::array<Phase, 2> carrier, modulator, tinePhase;
  std::array<double, 2> step{};
  std::array<StateVariable, 2> low, breath;
  for (std::size_t side = 0; side < 2; ++side) {
    const double cents = (side == 0 ? -0.5 : 0.5) * p[P::detune] + p[P::drift] * 8.0 * random.nextBipolar();
    step[side] = frequencyOfNote(note.pitch + cents * 0.01) / rate;
    low[side].set(clampTo(1500.0 * (0.6 + p[P::tone]) * (0.6 + 0.4 * note.velocity), 200.0, rate * 0.4), 0.08, rate);
    breath[side].set(3500.0, 0.1, rate);
  }
  const double level = note.velocity * 0.5;
  const double harmonicTop = 0.45 / tineRatio;
  Writer out(canvas, start, control);
  for (std::int64_t frame = 0; !out.past(); ++frame) {
    if (frame == gate) amplitude.release();
    const double envelope = amplitude.next();
    if (amplitude.finished()) break;
    index *= indexFactor;
    tine *= tineFactor;
    const double tremolo = p[P::tremolo] * 0.7 * sinTurns(out.place() * tremoloCycles);
    double sides[2];
    for (std::size_t side = 0; side < 2; ++side) {
      const double m = sinTurns(modulator[side].advance(step[side] * bodyRatio)) * index;
      double sound = sinTurns(carrier[side].advance(step[side]) + m);
      if (tine > 0.0001 && step[side] < harmonicTop) sound += sinTurns(tinePhase[side].advance(step[side] * tineRatio)) * tine * 0.22;
      if (p[P::noise] > 0.0) sound += random.nextBipolar() * p[P::noise] * 0.4;
      sound = low[side].low(drive.process(sound * envelope));
      if (p[P::air] > 0.0) sound += breath[side].high(random.nextBipolar()) * p[P::air] * 0.12 * envelope;
      sides[side] = sound * level * (side == 0 ? 1.0 + tremolo : 1.0 - tremolo);
    }
    out.push(sides[0], sides[1]);
  }
}

namespace {

/** A whole number of cycles in the loop, at least one, nearest to the frequency: the drone has no seam. */
double fittedStep(double hertz, const Canvas& canvas) noexcept {
  const double frames = static_cast<double>(canvas.frames());
  const double cycles = floorOf(hertz / canvas.rate() * frames + 0.5);
  return (cycles < 1.0 ? 1.0 : cycles) / frames;
}

struct Partial {
  double step, level, cycles, offset, panCycles, panOffset;
};

void renderDrone(Canvas& canvas, const Parameters& p, const Music& music, Control& control) {
  Random random(music.seed, "texture-drone");
  const auto chord = voiceChord(music, 0, 0.5, 57 + 12 * static_cast<int>(floorOf(p[P::octave] + 0.5)), {});
  std::vector<Partial> partials;
  for (const int pitch : chord)
    for (int layer = 0; layer < 3; ++layer) {
      const double frequency = frequencyOfNote(pitch + (layer == 2 ? 12.0 : 0.0)) * (1.0 + 0.002 * random.nextBipolar());
      const double dark = 1.0 / (1.0 + powerOf(frequency / (p[P::tone] * 0.4), 2.0));
      partials.push_back({fittedStep(frequency, canvas), (layer == 2 ? 0.35 : 0.6) * dark, 1.0 + random.below(4), random.next(), 1.0 + random.below(2), random.next()});
    }
  const double rootStep = fittedStep(frequencyOfNote(chord.front() - 12.0), canvas);
  partials.push_back({rootStep, 0.5, 1.0, random.next(), 1.0, random.next()});
  const double inverse = 1.0 / static_cast<double>(canvas.frames());
  const double gain = 0.3 * (1.0 - p[P::grains] * 0.5);
  for (auto& partial : partials) {
    control.checkpoint();
    double level = 0.0, left = 1.0, right = 1.0;
    Phase phase;
    phase.value = partial.offset;
    for (std::int64_t frame = 0; frame < canvas.frames(); ++frame) {
      if (frame % 64 == 0) {
        if (frame % 8192 == 0) control.checkpoint();
        const double place = static_cast<double>(frame) * inverse;
        level = partial.level * gain * (1.0 - p[P::motion] * (0.5 + 0.5 * sinTurns(place * partial.cycles + partial.offset)));
        const Pan pan(0.9 * p[P::motion] * sinTurns(place * partial.panCycles + partial.panOffset) + 0.3 * (partial.panOffset - 0.5));
        left = pan.left;
        right = pan.right;
      }
      const double sine = sinTurns(phase.advance(partial.step));
      // A little of the third harmonic keeps it from being a test tone.
      const double sound = (sine + 0.35 * sine * sine * sine) * level;
      canvas.left[static_cast<std::size_t>(frame)] += static_cast<float>(sound * left);
      canvas.right[static_cast<std::size_t>(frame)] += static_cast<float>(sound * right);
    }
  }
}

void renderNoiseBands(Canvas& canvas, const Parameters& p, const Music& music, Control& control) {
  if (p[P::noise] <= 0.0 && p[P::air] <= 0.0) return;
  const Random white(music.seed, "texture-noise");
  Random random(music.seed, "texture-bands");
  const double inverse = 1.0 / static_cast<double>(canvas.frames());
  // The filters run once around the end of the loop before they are heard, so that they enter it as they left it.
  const std::int64_t lead = std::min<std::int64_t>(canvas.frames(), static_cast<std::int64_t>(canvas.rate() * 0.25));
  for (std::size_t side = 0; side < 2; ++side) {
    std::array<StateVariable, 2> bands;
    StateVariable hiss;
    hiss.set(6500.0, 0.1, canvas.rate());
    const double offsets[2] = {random.next(), random.next()};
    auto& target = side == 0 ? canvas.left : canvas.right;
    double swell = 0.0;
    for (std::int64_t frame = canvas.circular() ? -lead : 0; frame < canvas.frames(); ++frame) {
      const std::int64_t at = frame < 0 ? frame + canvas.frames() : frame;
      if (frame % 64 == 0) {
        if (frame % 8192 == 0) control.checkpoint();
        const double place = static_cast<double>(at) * inverse;
        for (std::size_t band = 0; band < 2; ++band) {
          const double octaves = (band == 0 ? -0.6 : 0.7) + p[P::motion] * 1.2 * sinTurns(place * (1.0 + static_cast<double>(band)) + offsets[band]);
          bands[band].set(clampTo(p[P::tone] * exp2Of(octaves), 80.0, canvas.rate() * 0.4), 0.35 + 0.6 * p[P::resonance], canvas.rate());
        }
        swell = 0.7 + 0.3 * sinTurns(place + offsets[0]);
      }
      const double input = white.bipolar(static_cast<std::uint64_t>(at) * 2 + side);
      const double sound = (bands[0].band(input) + bands[1].band(input) * 0.6) * p[P::noise] * swell * 0.9 + hiss.high(input) * p[P::air] * 0.22;
      if (frame >= 0) target[static_cast<std::size_t>(at)] += static_cast<float>(sound);
    }
  }
}

void renderGrain(Canvas& canvas, const Parameters& p, double quarters, double quarterNotes, double pitch, Random random, Control& control) {
  const double rate = canvas.rate();
  Envelope envelope(p[P::attack] * 0.001, p[P::decay] * 0.001 * (0.6 + 0.8 * random.next()), 0.0, 1.0, rate);
  const double step = frequencyOfNote(pitch) / rate;
  const double ratio = mix(2.0, 3.53, p[P::metal]);
  const double index = (0.05 + 0.35 * p[P::metal]) * clampTo(p[P::tone] / 2400.0, 0.2, 3.0);
  const double level = p[P::grains] * (0.12 + 0.2 * random.next());
  const Pan pan(random.nextBipolar());
  Phase carrier, modulator;
  carrier.value = 0.0;
  Writer out(canvas, static_cast<std::int64_t>(quarters / quarterNotes * static_cast<double>(canvas.frames())), control);
  while (!out.past()) {
    const double value = envelope.next();
    if (envelope.finished()) break;
    const double m = sinTurns(modulator.advance(step * ratio < 0.45 ? step * ratio : 0.45)) * index * value;
    const double sound = sinTurns(carrier.advance(step) + m) * value * level;
    out.push(sound * pan.left, sound * pan.right);
  }
}

}  // namespace

void renderTexture(Canvas& canvas, const Parameters& p, const Music& music, Control& control) {
  renderDrone(canvas, p, music, control);
  control.progress(0.3);
  renderNoiseBands(canvas, p, music, control);
  control.progress(0.5);
  const Random stream(music.seed, "texture-grains");
  const auto semitones = scaleSemitones(music.scale);
  const Grid grid = makeGrid(music);
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    Random random(stream, i);
    if (p[P::grains] <= 0.0 || !random.chance(p[P::density] * 0.45)) continue;
    const int octave = static_cast<int>(random.below(3));
    const int pitch = 60 + music.keyRoot % 12 + semitones[random.below(static_cast<std::uint32_t>(semitones.size()))] + 12 * (octave - 1) + 12 * static_cast<int>(floorOf(p[P::octave] + 0.5));
    const double quarters = grid.steps[i].quarters + random.next() * grid.stepQuarters;
    renderGrain(canvas, p, quarters, music.quarterNotes(), pitch, random, control);
  }
}

}  // namespace grym::dsp
