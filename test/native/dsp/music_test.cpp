#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "harmony.hpp"

using namespace grym::dsp;

namespace {

bool inKey(const std::vector<Note>& notes, const Music& music) {
  const auto semitones = scaleSemitones(music.scale);
  return std::all_of(notes.begin(), notes.end(), [&](const Note& note) {
    const int above = ((static_cast<int>(note.pitch) - music.keyRoot) % 12 + 12) % 12;
    return std::find(semitones.begin(), semitones.end(), above) != semitones.end();
  });
}

}  // namespace

TEST_CASE("every line of every genre keeps to its key, in every scale and metre") {
  for (std::uint32_t genre = 0; genre < GENRE_COUNT; ++genre)
    for (std::uint32_t scale = 0; scale <= static_cast<std::uint32_t>(Scale::blues); ++scale)
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Music music;
        music.genre = static_cast<Genre>(genre);
        music.scale = static_cast<Scale>(scale);
        music.seed = seed;
        music.keyRoot = static_cast<int>((seed * 5 + genre) % 12);
        music.bars = 4;
        music.numerator = seed % 2 == 0 ? 7 : 4;
        music.denominator = seed % 2 == 0 ? 8 : 4;
        const Grid grid = makeGrid(music);
        CAPTURE(genre);
        CAPTURE(scale);
        CAPTURE(seed);
        CHECK(inKey(bassLine(music, grid, Parameters(Instrument::bass)), music));
        CHECK(inKey(melody(music, grid, Parameters(Instrument::lead)), music));
        CHECK(inKey(pluckLine(music, grid, Parameters(Instrument::pluck)), music));
        CHECK(inKey(keysChords(music, grid, Parameters(Instrument::keys)), music));
        CHECK(inKey(padChords(music, Parameters(Instrument::pad)), music));
      }
}

TEST_CASE("grids: steps, felt beats, and nothing beyond the bar") {
  struct Row { int numerator, denominator, steps, groups; };
  for (const Row row : {Row{4, 4, 16, 4}, {3, 4, 12, 3}, {7, 8, 14, 3}, {5, 4, 20, 5}, {6, 8, 12, 2}, {12, 8, 24, 4}, {5, 8, 10, 2}, {2, 2, 16, 4}, {3, 16, 3, 1}, {1, 4, 4, 1}}) {
    Music music;
    music.numerator = row.numerator;
    music.denominator = row.denominator;
    music.bars = 3;
    const Grid grid = makeGrid(music);
    CAPTURE(row.numerator);
    CAPTURE(row.denominator);
    CHECK(grid.stepsPerBar == row.steps);
    CHECK(grid.groupsPerBar == row.groups);
    CHECK(grid.steps.size() == static_cast<std::size_t>(row.steps * 3));
    for (const auto& step : grid.steps) {
      CHECK(step.quarters < music.quarterNotes());
      CHECK(step.pattern >= 0);
      CHECK(step.pattern < 16);
    }
  }
}

TEST_CASE("swing delays every second sixteenth and nothing else") {
  Music music;
  const Grid grid = makeGrid(music);
  for (const auto& step : grid.steps) {
    CHECK(swungQuarters(step, grid, 50.0) == step.quarters);
    const double late = swungQuarters(step, grid, 66.0) - step.quarters;
    CHECK(late == doctest::Approx(step.index % 2 == 1 ? 0.08 : 0.0));
  }
}

TEST_CASE("chords move by small steps") {
  Music music;
  std::vector<int> chord = voiceChord(music, 0, 0.5, 61, {});
  for (const int degree : {5, 3, 4, 0, 2, 6}) {
    const auto next = voiceChord(music, degree, 0.5, 61, chord);
    REQUIRE(next.size() == chord.size());
    for (std::size_t i = 0; i < next.size(); ++i) CHECK(std::abs(next[i] - chord[i]) <= 12);
    chord = next;
  }
}

TEST_CASE("frames are exact") {
  Music music;
  music.sampleRate = 44100;
  music.tempoBpm = 93.7;
  music.bars = 3;
  music.numerator = 7;
  music.denominator = 8;
  CHECK(music.frames() == static_cast<std::int64_t>(std::llround(3 * 3.5 * 60.0 / 93.7 * 44100.0)));
}
