#include "drum_voices.hpp"

#include <array>

#include "oscillators.hpp"
#include "shelf.hpp"

namespace grym::dsp {
namespace {

constexpr double SILENT = 0.00003;

/** Straight rise over `milliseconds`, starting above nothing so that no frame is lost. */
class Rise {
 public:
  Rise(double milliseconds, double rate) noexcept : step_(1.0 / (milliseconds * 0.001 * rate > 1.0 ? milliseconds * 0.001 * rate : 1.0)) {}
  double next() noexcept { value_ = value_ + step_ > 1.0 ? 1.0 : value_ + step_; return value_; }

 private:
  double step_, value_ = 0.0;
};

double softness(double velocity) noexcept { return 0.45 + 0.55 * velocity; }

}  // namespace

void renderKick(Canvas& canvas, const Parameters& p, const Stroke& stroke, Random random, const Control& control) {
  const double rate = canvas.rate();
  const double base = p[P::pitch] * exp2Of(stroke.timbre * 0.02);
  const double sweepFactor = exp2Of(-3.3219280948873623 / (p[P::sweepTime] * 0.001 * rate));
  // Two falls: a fast one that is heard as the attack, and the slow one that is heard as pitch.
  const double snapFactor = exp2Of(-3.3219280948873623 / (0.006 * rate));
  const double decayFactor = decayPerFrame(p[P::decay] * 0.001, rate);
  const double punchFactor = decayPerFrame(0.09, rate);
  const double clickFactor = decayPerFrame(0.011, rate), noiseFactor = decayPerFrame(p[P::decay] * 0.0006, rate);
  const auto holdFrames = static_cast<std::int64_t>((0.006 + 0.034 * p[P::punch]) * rate);
  const Drive drive(p[P::drive]);
  LowShelf shelf(75.0, weightDecibels(p[P::weight]), rate);
  StateVariable toneFilter, clickFilter, noiseFilter;
  toneFilter.set(p[P::tone] * softness(stroke.velocity), 0.1, rate);
  clickFilter.set(2600.0, 0.2, rate);
  noiseFilter.set(900.0, 0.1, rate);
  Rise rise(p[P::attack], rate);
  Phase body, blip;
  double sweep = p[P::sweep], snap = p[P::sweep] * 0.7, tail = 1.0, punch = p[P::punch] * 0.9, click = p[P::click] * softness(stroke.velocity), noise = p[P::noise];
  const double level = stroke.gain * stroke.velocity;
  Writer out(canvas, stroke.start, control);
  for (std::int64_t frame = 0; tail > SILENT && !out.past(); ++frame) {
    const double frequency = base * exp2Of(sweep + snap);
    body.advance((frequency < rate * 0.4 ? frequency : rate * 0.4) / rate);
    sweep *= sweepFactor;
    snap *= snapFactor;
    double sound = sinTurns(body.value) * tail * (1.0 + punch);
    if (frame > holdFrames) tail *= decayFactor;
    punch *= punchFactor;
    if (noise > SILENT) { sound += noiseFilter.band(random.nextBipolar()) * noise * 1.6 * tail; noise *= noiseFactor; }
    sound = drive.process(sound * rise.next());
    if (click > SILENT) {
      blip.advance(1850.0 * exp2Of(click) / rate);
      sound += click * (clickFilter.high(random.nextBipolar()) * 1.1 + sinTurns(blip.value) * 0.5) * (frame < 24 ? static_cast<double>(frame) / 24.0 : 1.0);
      click *= clickFactor;
    }
    sound = shelf.process(toneFilter.low(sound)) * level;
    out.push(sound, sound);
  }
}

void renderSnare(Canvas& canvas, const Parameters& p, const Stroke& stroke, Random random, const Control& control) {
  const double rate = canvas.rate();
  const double pitch = p[P::pitch] * exp2Of(stroke.timbre * 0.04);
  const double decaySeconds = p[P::decay] * 0.001;
  const double wiresFactor = decayPerFrame(decaySeconds, rate), bodyFactor = decayPerFrame(decaySeconds * 0.6 + 0.02, rate);
  const double upperFactor = decayPerFrame(decaySeconds * 0.4 + 0.015, rate), ringFactor = decayPerFrame(0.05 + p[P::ring] * 0.7, rate);
  const double dropFactor = exp2Of(-3.3219280948873623 / (0.02 * rate)), snapFactor = decayPerFrame(0.014, rate);
  const Drive drive(p[P::drive]);
  const double dark = softness(stroke.velocity);
  std::array<StateVariable, 2> wireBand, wireHigh, toneFilter;
  std::array<LowShelf, 2> shelf{LowShelf(220.0, weightDecibels(p[P::weight]), rate), LowShelf(220.0, weightDecibels(p[P::weight]), rate)};
  for (std::size_t side = 0; side < 2; ++side) {
    wireBand[side].set(1200.0 + p[P::tone] * 0.32, 0.25, rate);
    wireHigh[side].set(1400.0 + p[P::tone] * 0.12, 0.1, rate);
    toneFilter[side].set(p[P::tone] * dark, 0.12, rate);
  }
  Rise rise(p[P::attack], rate);
  Phase low, high, ringing, modulator;
  double drop = 0.55, wires = p[P::noise] * 1.1, bodyLevel = p[P::body], upper = p[P::body] * 0.6, ring = p[P::ring] * 0.5, snap = p[P::snap] * dark;
  const double level = stroke.gain * stroke.velocity;
  Writer out(canvas, stroke.start, control);
  while ((wires > SILENT || bodyLevel > SILENT || ring > SILENT) && !out.past()) {
    const double bend = exp2Of(drop);
    drop *= dropFactor;
    low.advance(pitch * bend / rate);
    high.advance(pitch * 1.78 * bend / rate);
    ringing.advance(pitch * 3.37 / rate);
    modulator.advance(2700.0 / rate);
    const double centre = sinTurns(low.value) * bodyLevel + sinTurns(high.value) * upper + sinTurns(ringing.value) * ring;
    const double common = random.nextBipolar();
    const double up = rise.next();
    double sides[2];
    for (std::size_t side = 0; side < 2; ++side) {
      double hiss = common * 0.75 + random.nextBipolar() * 0.55;
      hiss *= 1.0 - p[P::metal] * 0.9 * (1.0 - sinTurns(modulator.value));
      const double wire = wireBand[side].band(hiss) * 1.3 + wireHigh[side].high(hiss) * 0.55;
      sides[side] = drive.process(centre + wire * wires + hiss * snap * 0.5) * up;
      sides[side] = shelf[side].process(toneFilter[side].low(sides[side])) * level;
    }
    wires *= wiresFactor; bodyLevel *= bodyFactor; upper *= upperFactor; ring *= ringFactor; snap *= snapFactor;
    out.push(sides[0], sides[1]);
  }
}

void renderClap(Canvas& canvas, const Parameters& p, const Stroke& stroke, Random random, const Control& control) {
  const double rate = canvas.rate();
  const auto bursts = static_cast<std::int32_t>(floorOf(p[P::bursts] + 0.5));
  const double gapFrames = p[P::spread] * 0.001 * rate;
  const double burstFactor = decayPerFrame(p[P::spread] * 0.0022, rate), lastFactor = decayPerFrame(p[P::decay] * 0.001, rate);
  const Drive drive(p[P::drive]);
  const double centre = p[P::pitch] * exp2Of(stroke.timbre * 0.08);
  std::array<StateVariable, 2> band, second, toneFilter;
  std::array<LowShelf, 2> shelf{LowShelf(500.0, weightDecibels(p[P::weight]), rate), LowShelf(500.0, weightDecibels(p[P::weight]), rate)};
  std::array<std::int32_t, 2> done{0, 0};
  std::array<double, 2> level{0.0, 0.0}, rise{0.0, 0.0};
  std::array<std::array<double, 8>, 2> when{};
  for (std::size_t side = 0; side < 2; ++side) {
    band[side].set(centre, 0.25 + 0.55 * p[P::body], rate);
    second[side].set(centre * 2.1, 0.3, rate);
    toneFilter[side].set(p[P::tone] * softness(stroke.velocity), 0.1, rate);
    // The sides hear the hands at slightly different times; the first one together, so that the clap has an edge.
    for (std::int32_t burst = 0; burst < bursts; ++burst) when[side][static_cast<std::size_t>(burst)] = gapFrames * burst * (1.0 + (burst == 0 ? 0.0 : 0.18 * random.nextBell()));
  }
  const double riseStep = 1.0 / (p[P::attack] * 0.001 * rate > 1.0 ? p[P::attack] * 0.001 * rate : 1.0);
  Phase modulator;
  Writer out(canvas, stroke.start, control);
  for (std::int64_t frame = 0; !out.past(); ++frame) {
    double sides[2];
    bool alive = false;
    const double common = random.nextBipolar();
    modulator.advance(2100.0 / rate);
    for (std::size_t side = 0; side < 2; ++side) {
      if (done[side] < bursts && static_cast<double>(frame) >= when[side][static_cast<std::size_t>(done[side])]) {
        level[side] = done[side] == bursts - 1 ? 1.0 : 0.7 + 0.3 * random.next();
        rise[side] = 0.0;
        ++done[side];
      }
      rise[side] = rise[side] + riseStep > 1.0 ? 1.0 : rise[side] + riseStep;
      level[side] *= done[side] == bursts ? lastFactor : burstFactor;
      alive = alive || done[side] < bursts || level[side] > SILENT;
      double hiss = common * 0.6 + random.nextBipolar() * 0.7;
      hiss *= 1.0 - p[P::metal] * 0.9 * (1.0 - sinTurns(modulator.value));
      const double hand = band[side].band(hiss) * 2.2 + second[side].band(hiss) * 0.8 + hiss * p[P::noise] * 0.35;
      sides[side] = shelf[side].process(toneFilter[side].low(drive.process(hand * level[side] * rise[side]))) * stroke.velocity * stroke.gain;
    }
    if (!alive) break;
    out.push(sides[0], sides[1]);
  }
}

void renderHat(Canvas& canvas, const Parameters& p, const Stroke& stroke, bool open, Random random, const Control& control) {
  // The ratios of the TR-808's six oscillators.
  static constexpr std::array<double, 6> FREQUENCIES = {205.3, 304.4, 369.6, 522.7, 540.0, 800.0};
  const double rate = canvas.rate();
  const double tune = p[P::pitch] * 2.1 * exp2Of(stroke.timbre * 0.03);
  const double velocity = stroke.velocity;
  const double seconds = (open ? p[P::openDecay] : p[P::decay] * (0.6 + 0.5 * velocity + 0.25 * stroke.timbre)) * 0.001;
  const double factor = decayPerFrame(seconds, rate), chokeFactor = decayPerFrame(0.03, rate);
  const auto chokeFrame = stroke.chokeSeconds > 1e6 ? std::int64_t{1} << 60 : static_cast<std::int64_t>(stroke.chokeSeconds * rate);
  const Drive drive(p[P::drive]);
  std::array<Phase, 6> phases;
  for (auto& phase : phases) phase.value = random.next();
  std::array<StateVariable, 2> metalBand, highPass, second, toneFilter;
  for (std::size_t side = 0; side < 2; ++side) {
    metalBand[side].set(p[P::tone] * (side == 0 ? 0.66 : 0.7), 0.25 + 0.6 * p[P::ring], rate);
    const double cut = 6500.0 * exp2Of((0.5 - p[P::weight]) * 3.0);
    highPass[side].set(cut, 0.3, rate);
    second[side].set(cut * 0.9, 0.1, rate);
    toneFilter[side].set(p[P::tone] * (0.7 + 0.3 * velocity), 0.1, rate);
  }
  Rise rise(p[P::attack], rate);
  const Pan pan(stroke.pan);
  double level = 1.0;
  Writer out(canvas, stroke.start, control);
  for (std::int64_t frame = 0; level > SILENT && !out.past(); ++frame) {
    double clang = 0.0;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const double step = FREQUENCIES[i] * tune / rate;
      clang += pulseAt(phases[i].advance(step), step, 0.5);
    }
    const double up = rise.next();
    double sides[2];
    const double common = random.nextBipolar();
    for (std::size_t side = 0; side < 2; ++side) {
      const double hiss = common * 0.5 + random.nextBipolar() * 0.75;
      const double mixed = metalBand[side].band(clang * 0.55) * p[P::metal] * 1.7 + hiss * ((1.0 - p[P::metal]) * 0.7 + p[P::noise] * 0.6);
      const double sharp = second[side].high(highPass[side].high(mixed));
      sides[side] = toneFilter[side].low(drive.process(sharp * level * up)) * velocity * stroke.gain;
    }
    level *= frame > chokeFrame ? chokeFactor : factor;
    out.push(sides[0] * pan.left, sides[1] * pan.right);
  }
}

void renderPercussion(Canvas& canvas, const Parameters& p, const Stroke& stroke, int voice, Random random, const Control& control) {
  static constexpr std::array<std::array<double, 5>, 3> RATIOS = {{{1, 1.593, 2.135, 2.653, 2.917}, {1, 2.57, 4.65, 6.2, 8.1}, {1, 2.756, 5.404, 8.933, 13.34}}};
  static constexpr std::array<double, 3> VOICES = {1.0, 1.34, 1.81};
  const double rate = canvas.rate();
  const double base = p[P::pitch] * VOICES[static_cast<std::size_t>(voice)] * exp2Of(stroke.timbre * 0.04);
  const double place = p[P::material] * 2.0;
  const auto lower = place >= 1.0 ? std::size_t{1} : std::size_t{0};
  const double between = place - static_cast<double>(lower);
  std::array<double, 5> ratio{}, level{}, factor{};
  std::array<Phase, 5> phases;
  const double seconds = p[P::decay] * 0.001 * (0.75 + 0.35 * stroke.velocity);
  for (std::size_t mode = 0; mode < 5; ++mode) {
    ratio[mode] = mix(RATIOS[lower][mode], RATIOS[lower + 1][mode], between);
    ratio[mode] = powerOf(ratio[mode], 1.0 + 0.35 * p[P::metal]);
    level[mode] = mode == 0 ? 1.0 : (0.55 + 0.4 * p[P::metal] + 0.25 * p[P::material]) / static_cast<double>(mode + 1) * (0.6 + 0.4 * stroke.velocity);
    factor[mode] = decayPerFrame(seconds / (1.0 + static_cast<double>(mode) * (1.4 - p[P::material] - 0.3 * p[P::metal])), rate);
  }
  const double bendFactor = exp2Of(-3.3219280948873623 / (0.045 * rate)), snapFactor = decayPerFrame(0.012, rate), hissFactor = decayPerFrame(seconds * 0.6, rate);
  const Drive drive(p[P::drive]);
  StateVariable toneFilter, snapFilter;
  toneFilter.set(p[P::tone] * softness(stroke.velocity), 0.1, rate);
  snapFilter.set(2400.0, 0.2, rate);
  LowShelf shelf(200.0, weightDecibels(p[P::weight]), rate);
  Rise rise(p[P::attack], rate);
  double bend = p[P::sweep], snap = p[P::snap], hiss = p[P::noise];
  const Pan pan(stroke.pan);
  Writer out(canvas, stroke.start, control);
  while ((level[0] > SILENT || hiss > SILENT) && !out.past()) {
    const double frequency = base * exp2Of(bend) / rate;
    bend *= bendFactor;
    double sound = 0.0;
    for (std::size_t mode = 0; mode < 5; ++mode) {
      const double step = frequency * ratio[mode];
      if (step < 0.4 && level[mode] > SILENT) sound += sinTurns(phases[mode].advance(step)) * level[mode];
      level[mode] *= factor[mode];
    }
    const double white = random.nextBipolar();
    sound = sound * 0.6 + snapFilter.band(white) * snap * 1.4 + white * hiss * 0.45;
    snap *= snapFactor;
    hiss *= hissFactor;
    sound = shelf.process(toneFilter.low(drive.process(sound * rise.next()))) * stroke.velocity * stroke.gain;
    out.push(sound * pan.left, sound * pan.right);
  }
}

void renderShaker(Canvas& canvas, const Parameters& p, const Stroke& stroke, Random random, const Control& control) {
  const double rate = canvas.rate();
  StateVariable band, high, toneFilter;
  band.set(5200.0 * exp2Of(stroke.timbre * 0.15), 0.35, rate);
  high.set(3000.0, 0.1, rate);
  toneFilter.set(p[P::tone], 0.1, rate);
  // Beads rise before they fall: a shaker has no hard edge.
  Rise rise(9.0 + p[P::attack], rate);
  const double factor = decayPerFrame(0.11, rate);
  double level = 1.0;
  const Pan pan(stroke.pan);
  Writer out(canvas, stroke.start, control);
  while (level > SILENT && !out.past()) {
    const double up = rise.next();
    if (up >= 1.0) level *= factor;
    const double sound = toneFilter.low(high.high(band.band(random.nextBipolar()))) * level * up * up * stroke.velocity * stroke.gain * p[P::shaker] * 1.6;
    out.push(sound * pan.left, sound * pan.right);
  }
}

}  // namespace grym::dsp
