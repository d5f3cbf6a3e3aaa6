#pragma once
// What a sound is made of: brightness, balance, flatness, share of tones against strokes, width, and levels by band.
#include <array>
#include <optional>
#include <vector>

#include "control.hpp"
#include "spectrum.hpp"

namespace grym::dsp {

inline constexpr std::size_t TIMBRE_BANDS = 14;

struct Timbre {
  /** Mean over frequency weighted by magnitude, over time weighted by energy. */
  double brightnessHz = 0.0;
  /** Shares of the energy: below 120 Hz, to 500 Hz, to 2 kHz, to 6 kHz, above. */
  std::array<double, 5> balance{};
  /** Geometric over arithmetic mean of the mean spectrum between 60 Hz and 16 kHz. */
  double flatness = 0.0;
  /** Harmonic energy over all (FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010). */
  double harmonicShare = 0.0;
  /** Level in dB against the loudest band, and how much it changes over time, of bands equally wide in pitch. */
  std::array<double, TIMBRE_BANDS> bandDecibels{}, bandDeviation{};
};

/** Nothing for silence. */
std::optional<Timbre> measureTimbre(const MiddleSide& sound, Control& control);

/** 0: both channels say the same, at whatever levels; 1: nothing in common. Nothing for silence. */
std::optional<double> stereoWidth(const Sound& sound);

}  // namespace grym::dsp
