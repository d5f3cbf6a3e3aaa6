#include "render.hpp"

#include <algorithm>

#include "drum_voices.hpp"
#include "effects.hpp"
#include "harmony.hpp"
#include "maths.hpp"
#include "resample.hpp"
#include "shelf.hpp"
#include "synth_voice.hpp"
#include "tonal_voices.hpp"

namespace grym::dsp {
namespace {

std::int64_t frameOf(double quarters, const Music& music, const Canvas& canvas) noexcept {
  return static_cast<std::int64_t>(floorOf(quarters / music.quarterNotes() * static_cast<double>(canvas.frames()) + 0.5));
}

/** The parts of a kit, each tuned by the kit's own parameters. */
Parameters kitPart(Instrument instrument, const Parameters& kit, Genre genre) {
  Parameters part(instrument);
  applyGenre(part, genre);
  part.set(P::density, kit[P::density]);
  part.set(P::swing, kit[P::swing]);
  part.set(P::humanise, kit[P::humanise]);
  part.move(P::tone, kit[P::tone] * 0.5);
  part.move(P::weight, kit[P::weight] - 0.5);
  part.move(P::decay, kit[P::decay] * 0.5);
  part.move(P::openDecay, kit[P::decay] * 0.4);
  part.move(P::noise, (kit[P::noise] - 0.3) * 0.9);
  part.move(P::metal, kit[P::metal] * 0.8);
  part.move(P::drive, (kit[P::drive] - 5.0) / 30.0);
  part.move(P::punch, kit[P::punch] - 0.5);
  part.move(P::click, (kit[P::punch] - 0.5) * 0.6);
  part.move(P::snap, (kit[P::punch] - 0.5) * 0.8);
  part.move(P::attack, kit.offset(P::attack));
  part.set(P::pitch, part[P::pitch] * exp2Of(kit[P::pitch] / 12.0));
  return part;
}

void renderRole(Canvas& canvas, const Music& music, const Grid& grid, Role role, const Parameters& part, double gain, bool partOfKit, std::uint32_t& events, const Control& control) {
  auto hits = drumHits(music, grid, role, part, partOfKit);
  if (!music.loop && !partOfKit && hits.size() > 1) {
    hits.erase(hits.begin() + 1, hits.end());
    hits.front().quarters = 0.0;
    hits.front().velocity = 1.0;
  }
  const Random stream(Random(music.seed, "strokes"), static_cast<std::uint64_t>(role));
  const double secondsPerQuarter = 60.0 / music.tempoBpm;
  for (const auto& hit : hits) {
    Stroke stroke{frameOf(hit.quarters, music, canvas), hit.velocity, hit.timbre, gain, 0.0, 1e9};
    const Random random(stream, hit.index);
    ++events;
    switch (role) {
      case Role::kick: renderKick(canvas, part, stroke, random, control); break;
      case Role::snare: renderSnare(canvas, part, stroke, random, control); break;
      case Role::clap: renderClap(canvas, part, stroke, random, control); break;
      case Role::closedHat:
        stroke.pan = 0.18 + 0.12 * hit.timbre;
        renderHat(canvas, part, stroke, false, random, control);
        break;
      case Role::openHat:
        stroke.pan = 0.18;
        stroke.chokeSeconds = grid.stepQuarters * 2.0 * secondsPerQuarter;
        renderHat(canvas, part, stroke, true, random, control);
        break;
      case Role::percussion: {
        const int voice = static_cast<int>(random.uniform(99) * 3.0);
        stroke.pan = (voice - 1) * 0.45 + 0.1 * hit.timbre;
        renderPercussion(canvas, part, stroke, voice, random, control);
        break;
      }
    }
  }
}

/** The shaker runs through the bar under the percussion's strokes. */
void renderShakers(Canvas& canvas, const Music& music, const Grid& grid, const Parameters& part, double gain, std::uint32_t& events, const Control& control) {
  if (part[P::shaker] <= 0.0) return;
  const Random stream(music.seed, "shaker");
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    const auto& step = grid.steps[i];
    Random random(stream, static_cast<std::uint64_t>(step.index));
    const double chance = step.place % 2 == 0 ? 0.35 + 0.6 * part[P::density] : part[P::density] * 1.3 - 0.25;
    if (!random.chance(chance)) continue;
    Random feel(stream, 0x1000000ULL + i);
    const double velocity = clampTo((step.place == 0 ? 0.4 : (step.place % 2 == 0 ? 0.75 : 0.5)) * (1.0 + 0.4 * feel.nextBell() * part[P::humanise]), 0.1, 1.0);
    renderShaker(canvas, part, {frameOf(swungQuarters(step, grid, part[P::swing]), music, canvas), velocity, feel.nextBell(), gain * 0.5, -0.35, 1e9}, Random(feel, 5), control);
    ++events;
  }
}

void renderDrums(Canvas& canvas, const Music& music, const Parameters& p, std::uint32_t& events, Control& control) {
  const Grid grid = makeGrid(music);
  const auto alone = [&](Role role) { renderRole(canvas, music, grid, role, p, 1.0, false, events, control); };
  switch (p.instrument()) {
    case Instrument::kick: alone(Role::kick); break;
    case Instrument::snare: alone(Role::snare); break;
    case Instrument::clap: alone(Role::clap); break;
    case Instrument::hihat:
      alone(Role::closedHat);
      if (music.loop) alone(Role::openHat);
      break;
    case Instrument::percussion:
      alone(Role::percussion);
      if (music.loop) renderShakers(canvas, music, grid, p, 1.0, events, control);
      break;
    default: {
      const Parameters kick = kitPart(Instrument::kick, p, music.genre), snare = kitPart(Instrument::snare, p, music.genre), clap = kitPart(Instrument::clap, p, music.genre);
      const Parameters hat = kitPart(Instrument::hihat, p, music.genre), percussion = kitPart(Instrument::percussion, p, music.genre);
      const double snareGain = gainFromDecibels(p[P::snareLevel]), hatGain = gainFromDecibels(p[P::hatLevel]), percussionGain = gainFromDecibels(p[P::percussionLevel]);
      renderRole(canvas, music, grid, Role::kick, kick, gainFromDecibels(p[P::kickLevel]), true, events, control);
      control.progress(0.2);
      renderRole(canvas, music, grid, Role::snare, snare, snareGain, true, events, control);
      renderRole(canvas, music, grid, Role::clap, clap, snareGain * 0.8, true, events, control);
      control.progress(0.4);
      renderRole(canvas, music, grid, Role::closedHat, hat, hatGain, true, events, control);
      renderRole(canvas, music, grid, Role::openHat, hat, hatGain * 0.9, true, events, control);
      control.progress(0.6);
      renderRole(canvas, music, grid, Role::percussion, percussion, percussionGain, true, events, control);
      renderShakers(canvas, music, grid, percussion, percussionGain, events, control);
      // A bar too short for the genre's pattern still has its one.
      if (events == 0) renderRole(canvas, music, grid, Role::kick, kick, 1.0, false, events, control);
    }
  }
}

/** One sound for one hit: the root, or for chord instruments their first chord. */
std::vector<Note> firstOnly(std::vector<Note> notes, double shortest) {
  if (notes.empty()) return notes;
  const double first = notes.front().quarters;
  std::erase_if(notes, [&](const Note& note) { return note.quarters > first + 0.1; });
  for (auto& note : notes) { note.quarters -= first; note.slideFrom = note.pitch; note.lengthQuarters = std::max(note.lengthQuarters, shortest); }
  return notes;
}

std::vector<Note> line(const Music& music, const Parameters& p) {
  const Grid grid = makeGrid(music);
  switch (p.instrument()) {
    case Instrument::bass: return bassLine(music, grid, p);
    case Instrument::lead: return melody(music, grid, p);
    case Instrument::pluck: return pluckLine(music, grid, p);
    case Instrument::keys: return keysChords(music, grid, p);
    default: return padChords(music, p);
  }
}

/** However sparse: a line has at least its root. */
std::vector<Note> compose(const Music& music, const Parameters& p) {
  auto notes = line(music, p);
  const double root = (p.instrument() == Instrument::bass ? 36 : 60) + music.keyRoot % 12;
  if (notes.empty()) notes.push_back({0.0, std::min(1.0, music.quarterNotes()), root, 0.9, root, 0.0, 0});
  return notes;
}

void renderTonal(Canvas& canvas, const Music& music, const Parameters& p, std::uint32_t& events, Control& control) {
  if (p.instrument() == Instrument::texture) {
    renderTexture(canvas, p, music, control);
    events = 1;
    return;
  }
  auto notes = compose(music, p);
  // A lead is held long enough for its vibrato.
  if (!music.loop) notes = firstOnly(std::move(notes), (p.instrument() == Instrument::lead ? 2.0 : 1.0) * p[P::noteLength]);
  const Random stream(music.seed, "voices");
  // The slow wave goes once around per bar, and for a pad once per two bars.
  const double waveCycles = p.instrument() == Instrument::pad ? std::max(1.0, floorOf(music.bars * 0.5 + 0.5)) : static_cast<double>(music.bars) * (music.genre == Genre::dubstep ? 6.0 : 1.0);
  const double eighths = std::max(1.0, floorOf(music.quarterNotes() * 2.0 + 0.5));
  for (const auto& note : notes) {
    const std::int64_t start = frameOf(note.quarters, music, canvas);
    const std::int64_t gate = std::max<std::int64_t>(1, frameOf(note.lengthQuarters, music, canvas));
    const Random random(stream, note.index);
    if (p.instrument() == Instrument::keys) renderKeysNote(canvas, p, note, start, gate, eighths * 0.5 < 1.0 ? 1.0 : floorOf(eighths * 0.5), random, control);
    else renderSynthNote(canvas, p, note, {start, gate, waveCycles}, random, control);
    ++events;
    control.progress(0.75 * events / static_cast<double>(notes.size()));
  }
}

/** A one-shot ends in silence, whatever still rings. */
void fadeEnd(std::vector<float>& channel, double rate) {
  const auto length = std::min(channel.size(), static_cast<std::size_t>(std::max(2.0, rate * 0.03)));
  for (std::size_t i = 0; i < length; ++i)
    channel[channel.size() - 1 - i] = static_cast<float>(static_cast<double>(channel[channel.size() - 1 - i]) * (0.5 - 0.5 * cosTurns(0.5 * static_cast<double>(i) / static_cast<double>(length))));
}

}  // namespace

Mix mixDown(const Music& music, const Parameters& parameters, Control& control) {
  const bool tonal = instrumentSpec(parameters.instrument()).tonal;
  // These are dark, many-voiced and hardly distorted: they gain nothing from oversampling and would take twice the time.
  const bool soft = parameters.instrument() == Instrument::pad || parameters.instrument() == Instrument::texture || parameters.instrument() == Instrument::keys;
  const std::int32_t factor = soft && music.sampleRate >= 44100.0 ? 1 : oversamplingFor(music.sampleRate);
  Mix result;
  control.progress(0.0);
  Canvas canvas(music.frames() * factor, music.sampleRate * factor, music.loop);
  if (tonal) renderTonal(canvas, music, parameters, result.events, control);
  else renderDrums(canvas, music, parameters, result.events, control);
  control.progress(0.78);
  result.left = decimate(canvas.left, factor, music.loop);
  control.checkpoint();
  result.right = decimate(canvas.right, factor, music.loop);
  control.progress(0.84);
  applyEffects(result.left, result.right, parameters, music, control);
  control.progress(0.93);
  if (!music.loop) {
    fadeEnd(result.left, music.sampleRate);
    fadeEnd(result.right, music.sampleRate);
  }
  return result;
}

Rendered render(const Music& music, const Parameters& parameters, Control& control) {
  auto [left, right, events] = mixDown(music, parameters, control);
  Rendered result;
  result.frames = music.frames();
  result.events = events;
  result.level = levelOut(left, right, music.sampleRate, instrumentSpec(parameters.instrument()).tonal, music.loop, control);
  result.interleaved.resize(static_cast<std::size_t>(result.frames) * 2);
  for (std::size_t i = 0; i < static_cast<std::size_t>(result.frames); ++i) {
    result.interleaved[2 * i] = left[i];
    result.interleaved[2 * i + 1] = right[i];
  }
  control.progress(1.0);
  return result;
}

}  // namespace grym::dsp
