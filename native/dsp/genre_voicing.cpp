#include <array>

#include "render.hpp"

namespace grym::dsp {
namespace {

using I = Instrument;
using G = Genre;
struct Move { Genre genre; Instrument instrument; P parameter; double positions; };

// In positions of the parameter's range (see Parameters::move).
constexpr Move MOVES[] = {
    {G::house, I::kick, P::decay, -0.05}, {G::house, I::kick, P::punch, 0.2}, {G::house, I::bass, P::decay, -0.1}, {G::house, I::bass, P::sub, 0.1},
    {G::house, I::pad, P::motion, 0.15}, {G::house, I::clap, P::reverb, 0.06}, {G::house, I::drums, P::punch, 0.15},
    {G::techno, I::kick, P::drive, 0.25}, {G::techno, I::kick, P::pitch, -0.05}, {G::techno, I::kick, P::click, 0.1}, {G::techno, I::bass, P::drive, 0.15},
    {G::techno, I::bass, P::decay, -0.2}, {G::techno, I::bass, P::resonance, 0.15}, {G::techno, I::hihat, P::metal, 0.15}, {G::techno, I::drums, P::drive, 0.2},
    {G::techno, I::drums, P::reverb, 0.08}, {G::techno, I::pluck, P::delay, 0.2}, {G::techno, I::pad, P::tone, -0.1},
    {G::drumAndBass, I::kick, P::pitch, 0.2}, {G::drumAndBass, I::kick, P::decay, -0.2}, {G::drumAndBass, I::snare, P::pitch, 0.15}, {G::drumAndBass, I::snare, P::snap, 0.2},
    {G::drumAndBass, I::bass, P::detune, 0.3}, {G::drumAndBass, I::bass, P::sustain, 0.5}, {G::drumAndBass, I::bass, P::envelope, -0.2}, {G::drumAndBass, I::bass, P::motion, 0.35},
    {G::drumAndBass, I::bass, P::drive, 0.15}, {G::drumAndBass, I::bass, P::noteLength, 0.1}, {G::drumAndBass, I::drums, P::punch, 0.25}, {G::drumAndBass, I::drums, P::decay, -0.1},
    {G::hipHop, I::kick, P::decay, 0.1}, {G::hipHop, I::snare, P::pitch, -0.1}, {G::hipHop, I::drums, P::drive, 0.12}, {G::hipHop, I::drums, P::humanise, 0.2},
    {G::hipHop, I::bass, P::tone, -0.15}, {G::hipHop, I::bass, P::sub, 0.25}, {G::hipHop, I::bass, P::noteLength, 0.1}, {G::hipHop, I::keys, P::tone, -0.1},
    {G::trap, I::kick, P::decay, 0.3}, {G::trap, I::kick, P::sweepTime, -0.1}, {G::trap, I::snare, P::pitch, 0.2}, {G::trap, I::hihat, P::decay, -0.2}, {G::trap, I::hihat, P::density, 0.45},
    {G::trap, I::bass, P::sub, 0.5}, {G::trap, I::bass, P::tone, -0.2}, {G::trap, I::bass, P::decay, 0.35}, {G::trap, I::bass, P::release, 0.25}, {G::trap, I::bass, P::glide, 0.3},
    {G::trap, I::bass, P::drive, 0.2}, {G::trap, I::bass, P::shape, -0.4}, {G::trap, I::bass, P::noteLength, 0.15}, {G::trap, I::drums, P::decay, 0.1}, {G::trap, I::drums, P::kickLevel, 0.05},
    {G::ambient, I::pad, P::attack, 0.15}, {G::ambient, I::pad, P::release, 0.1}, {G::ambient, I::pad, P::reverb, 0.2}, {G::ambient, I::pad, P::space, 0.2},
    {G::ambient, I::bass, P::attack, 0.4}, {G::ambient, I::bass, P::sustain, 0.5}, {G::ambient, I::bass, P::noteLength, 0.2}, {G::ambient, I::lead, P::attack, 0.3}, {G::ambient, I::lead, P::reverb, 0.3},
    {G::ambient, I::pluck, P::reverb, 0.3}, {G::ambient, I::pluck, P::decay, 0.15}, {G::ambient, I::keys, P::reverb, 0.3}, {G::ambient, I::drums, P::reverb, 0.25}, {G::ambient, I::drums, P::punch, -0.2},
    {G::ambient, I::drums, P::tone, -0.15}, {G::ambient, I::bass, P::drive, -0.15},
    {G::dub, I::drums, P::reverb, 0.2}, {G::dub, I::bass, P::tone, -0.2}, {G::dub, I::bass, P::sub, 0.3}, {G::dub, I::keys, P::delay, 0.4}, {G::dub, I::keys, P::noteLength, -0.3},
    {G::dub, I::keys, P::decay, -0.3}, {G::dub, I::percussion, P::delay, 0.35}, {G::dub, I::pluck, P::delay, 0.3}, {G::dub, I::pad, P::tone, -0.15}, {G::dub, I::snare, P::reverb, 0.3},
    {G::garage, I::bass, P::sub, 0.2}, {G::garage, I::bass, P::drive, 0.1}, {G::garage, I::drums, P::decay, -0.15}, {G::garage, I::snare, P::pitch, 0.2}, {G::garage, I::hihat, P::decay, -0.1},
    {G::lofi, I::drums, P::tone, -0.15}, {G::lofi, I::drums, P::crush, 0.12}, {G::lofi, I::drums, P::hatLevel, 0.06}, {G::lofi, I::drums, P::humanise, 0.35}, {G::lofi, I::drums, P::drive, 0.15}, {G::lofi, I::kick, P::tone, -0.15},
    {G::lofi, I::snare, P::tone, -0.18}, {G::lofi, I::hihat, P::tone, -0.2}, {G::lofi, I::keys, P::drift, 0.45}, {G::lofi, I::keys, P::tone, -0.2}, {G::lofi, I::keys, P::noise, 0.03},
    {G::lofi, I::keys, P::humanise, 0.2}, {G::lofi, I::bass, P::tone, -0.2}, {G::lofi, I::pad, P::drift, 0.3}, {G::lofi, I::pad, P::tone, -0.15}, {G::lofi, I::pluck, P::tone, -0.15}, {G::lofi, I::pluck, P::drift, 0.3},
    {G::trance, I::lead, P::unison, 0.3}, {G::trance, I::lead, P::detune, 0.15}, {G::trance, I::lead, P::delay, 0.15}, {G::trance, I::pluck, P::unison, 0.4}, {G::trance, I::pluck, P::detune, 0.15},
    {G::trance, I::pad, P::tone, 0.15}, {G::trance, I::kick, P::click, 0.15}, {G::trance, I::bass, P::decay, -0.15},
    {G::electro, I::bass, P::resonance, 0.2}, {G::electro, I::bass, P::shape, 0.5}, {G::electro, I::snare, P::noise, 0.15}, {G::electro, I::lead, P::shape, 0.4}, {G::electro, I::drums, P::drive, 0.1},
    {G::breakbeat, I::drums, P::drive, 0.15}, {G::breakbeat, I::drums, P::humanise, 0.25}, {G::breakbeat, I::snare, P::ring, 0.2}, {G::breakbeat, I::drums, P::reverb, 0.05},
    {G::dubstep, I::bass, P::drive, 0.35}, {G::dubstep, I::bass, P::motion, 0.7}, {G::dubstep, I::bass, P::resonance, 0.25}, {G::dubstep, I::bass, P::sub, 0.2}, {G::dubstep, I::bass, P::noteLength, 0.15},
    {G::dubstep, I::bass, P::sustain, 0.4}, {G::dubstep, I::snare, P::reverb, 0.1}, {G::dubstep, I::drums, P::punch, 0.25}, {G::dubstep, I::drums, P::reverb, 0.06},
    {G::disco, I::bass, P::decay, -0.1}, {G::disco, I::drums, P::humanise, 0.15}, {G::disco, I::keys, P::decay, -0.2}, {G::disco, I::hihat, P::openness, 0.3},
    {G::synthwave, I::bass, P::detune, 0.12}, {G::synthwave, I::snare, P::reverb, 0.35}, {G::synthwave, I::snare, P::decay, 0.2}, {G::synthwave, I::drums, P::reverb, 0.15}, {G::synthwave, I::pad, P::drift, 0.2},
    {G::synthwave, I::lead, P::detune, 0.15}, {G::synthwave, I::lead, P::chorus, 0.3}, {G::synthwave, I::lead, P::drift, 0.15},
};

}  // namespace

void applyGenre(Parameters& parameters, Genre genre) {
  if (genre == Genre::none) return;
  for (const auto& move : MOVES)
    if (move.genre == genre && move.instrument == parameters.instrument()) parameters.move(move.parameter, move.positions);
  parameters.set(P::swing, genreSwing(genre));
}

}  // namespace grym::dsp
