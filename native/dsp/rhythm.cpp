#include "rhythm.hpp"

#include <algorithm>
#include <array>

#include "maths.hpp"

namespace grym::dsp {
namespace {

// Sixteen places of a 4/4 bar. X accent, x plain, - soft, o perhaps, g ghost perhaps, r a roll, . nothing.
struct DrumPattern {
  Genre genre;
  std::string_view kick, snare, clap, closed, open, percussion;
};

constexpr DrumPattern PATTERNS[] = {
    {Genre::none, "X.....o.x.o.....", "....X..g....X..g", "............o...", "x.x.x.x.x.x.x.x.", "..............o.", "...o..x....o.x..", },
    {Genre::none, "X..o....x.x.....", "....X....g..X...", "................", "x-x-x-x-x-x-x-x-", "......o.........", "..x..x....x..x.o", },
    {Genre::house, "X...X...X...X...", "............g..g", "....X.......X...", "-g-.-g-o-g-.-g-o", "..x...x...x...x.", "...o..x...o..x.o", },
    {Genre::house, "X...X...X...X..o", ".......g.....g..", "....X.......X...", "x-.-x-.-x-.-x-.-", "..X...X...X...X.", "..x..o.x..x..o..", },
    {Genre::techno, "X...X...X...X...", "..........g..g..", "............o...", "-.x.-.x.-.x.-.x.", "..o...X...o...X.", "...x..x..x..x..o", },
    {Genre::techno, "X...X...X...X.g.", "................", "....x.......x...", "----------------", "..x...x...x...x.", "x..x..x..x..x.o.", },
    {Genre::drumAndBass, "X.........X.....", "....X..g.g..X..g", "................", "x.x.x.x.x.x.x.x.", "..............o.", "..o..o..o..o..o.", },
    {Genre::drumAndBass, "X..o......x..o..", "....X..g....X.g.", "................", "x-xgx-x.x-xgx-x.", "......o.........", "...x......x.....", },
    {Genre::hipHop, "X.....o..xX.....", "....X..g....X...", "............o...", "x.x.x.xox.x.x.xo", "..............o.", "......o....o..x.", },
    {Genre::hipHop, "X..x....o.x..o..", "....X.......X..g", "....o.......o...", "x-x.x-x.x-x.x-xg", "......o.........", "..o....o..x.....", },
    {Genre::trap, "X.....o...x..o..", "........X.......", "........x.......", "x.x.x.r.x.x.x.xr", "..............o.", "...o......o...x.", },
    {Genre::trap, "X..o..x.......x.", "........X.......", "........x......g", "x.x.xxx.x.r.x.xx", "......o.........", "..o......o..x...", },
    {Genre::ambient, "X.........o.....", "................", "................", "..g...g...-...g.", "................", "....x.....o..x..", },
    {Genre::ambient, "X.......o.......", "............g...", "................", "..-...g...-.....", "..............g.", "..x....o....x..o", },
    {Genre::dub, "........X.....o.", "........x..g....", "................", "..x.g.x.g.x...x.", "..............o.", "...o..x....o..o.", },
    {Genre::dub, "X...o...X...o...", "........x.......", "........o.......", "..x...x...x..gx.", "......o.........", ".o....x..o....x.", },
    {Genre::garage, "X.........x..o..", "....X..g....X...", "....x.......x...", "..x.g.xg..x.gxx.", "......o.......o.", ".o.x....o..x..g.", },
    {Genre::garage, "X.....o...X.....", "....X....g..X..g", "....x.......x...", ".-x..-x..-x.--xg", "..........o.....", "...x..o.x..o..x.", },
    {Genre::lofi, "X......o..x.....", "....X.......X..g", "................", "x.x.x.xgx.x.x.x.", "..............o.", "......o......x..", },
    {Genre::lofi, "X..o......X.....", "....X..g....X...", "............o...", "x.-.x.-gx.-.x.-.", "................", "...o......x....o", },
    {Genre::trance, "X...X...X...X...", "............g.gg", "....X.......X...", "-.-.-.-.-.-.-.-.", "..X...X...X...X.", "...x..x...x..x.o", },
    {Genre::electro, "X.....x...X...o.", "....X.......X...", "............x...", "x.xxx.x.x.xxx.x.", "......o.......o.", "..o..x..o..x..o.", },
    {Genre::breakbeat, "X.X.......XX....", "....X..g.g..X..g", "................", "x.x.x.x.x.x.x.x.", "..............o.", "...o..o....o..o.", },
    {Genre::breakbeat, "X..x..o...X..o..", "....X..g.g....X.", "................", "x.x.x.x.x.x.x.xg", "......o.........", "..o.....x...o...", },
    {Genre::dubstep, "X.....o......o..", "........X.......", "........x.......", "x..x..x.x..x.x.g", "..............o.", "...o..o....x..o.", },
    {Genre::disco, "X...X...X...X...", "....X.......X..g", "....o.......o...", "x-.-x-.-x-.-x-.-", "..X...X...X...X.", "x..x..x.x..x..x.", },
    {Genre::synthwave, "X...X...X...X...", "....X.......X...", "....x.......x...", "x.x.x.x.x.x.x.x.", "..............o.", "......x..o....xo", },
};

/** Lengths of the felt beats of a bar, in steps. */
std::vector<std::int32_t> groupsOf(std::int32_t numerator, std::int32_t denominator) {
  std::vector<std::int32_t> groups;
  if (denominator <= 4) {
    // Half and whole notes are felt as two and four quarters.
    groups.assign(static_cast<std::size_t>(numerator * (4 / denominator)), 4);
    return groups;
  }
  const std::int32_t unit = denominator == 8 ? 2 : 1;
  std::int32_t left = numerator;
  const bool compound = numerator % 3 == 0;
  while (left > 0) {
    const std::int32_t size = compound || left == 3 ? 3 : (left >= 2 ? 2 : 1);
    const std::int32_t used = size > left ? left : size;
    groups.push_back(used * unit);
    left -= used;
  }
  return groups;
}

double optionalChance(double base, double density) noexcept { return clampTo(base * (0.1 + 1.8 * density), 0.0, 1.0); }

std::string_view rowOf(const DrumPattern& pattern, Role role) noexcept {
  switch (role) {
    case Role::kick: return pattern.kick;
    case Role::snare: return pattern.snare;
    case Role::clap: return pattern.clap;
    case Role::closedHat: return pattern.closed;
    case Role::openHat: return pattern.open;
    case Role::percussion: return pattern.percussion;
  }
  return pattern.kick;
}

const DrumPattern& choosePattern(const Music& music) {
  std::vector<const DrumPattern*> candidates;
  for (const auto& pattern : PATTERNS)
    if (pattern.genre == music.genre) candidates.push_back(&pattern);
  return *candidates[Random(music.seed, "drum-pattern").below(static_cast<std::uint32_t>(candidates.size()))];
}

struct Chosen { double velocity; std::int32_t strokes; };

/** What a pattern's letter becomes at this density. velocity 0: nothing. */
Chosen choose(char letter, double density, double strength, Random& random) {
  const double luck = random.next();
  const bool thinned = density < 0.35 && strength < 0.7 && random.next() < (0.35 - density) * 2.8;
  switch (letter) {
    case 'X': return {1.0, 1};
    case 'x': return {thinned ? 0.0 : 0.78, 1};
    case '-': return {thinned ? 0.0 : 0.5, 1};
    case 'r': return {thinned ? 0.0 : 0.66, luck < density ? 3 : 2};
    case 'o': return {luck < optionalChance(0.45, density) ? 0.7 : 0.0, 1};
    case 'g': return {luck < optionalChance(0.5, density) ? 0.34 : 0.0, 1};
    default: return {0.0, 1};
  }
}

/** How willing a role is to take extra notes when the pattern is busy. */
double willingness(Role role) noexcept {
  switch (role) {
    case Role::kick: return 0.35;
    case Role::snare: return 0.4;
    case Role::clap: return 0.25;
    case Role::closedHat: return 1.6;
    case Role::openHat: return 0.15;
    case Role::percussion: return 1.1;
  }
  return 0.0;
}

}  // namespace

double genreSwing(Genre genre) noexcept {
  switch (genre) {
    case Genre::house: return 53;
    case Genre::garage: return 60;
    case Genre::hipHop: return 57;
    case Genre::lofi: return 59;
    case Genre::dub: return 55;
    case Genre::disco: return 52;
    case Genre::breakbeat: return 52;
    default: return 50;
  }
}

Grid makeGrid(const Music& music) {
  Grid grid;
  const auto groups = groupsOf(music.numerator, music.denominator);
  grid.groupsPerBar = static_cast<std::int32_t>(groups.size());
  grid.stepsPerBar = 0;
  for (const auto length : groups) grid.stepsPerBar += length;
  grid.stepQuarters = music.quartersPerBar() / grid.stepsPerBar;
  for (std::int32_t bar = 0; bar < music.bars; ++bar) {
    std::int32_t index = 0;
    for (std::int32_t group = 0; group < grid.groupsPerBar; ++group) {
      // Beats beyond the fourth repeat kick and backbeat in turn; the last of an odd bar answers as a backbeat.
      std::int32_t beat = group % 4;
      if (grid.groupsPerBar % 4 == 1 && grid.groupsPerBar > 1 && group == grid.groupsPerBar - 1) beat = 3;
      for (std::int32_t place = 0; place < groups[static_cast<std::size_t>(group)]; ++place, ++index) {
        const double strength = index == 0 ? 1.0 : (place == 0 ? 0.8 : (place % 2 == 0 ? 0.5 : 0.25));
        grid.steps.push_back({bar * music.quartersPerBar() + index * grid.stepQuarters, bar, group, place, index, beat * 4 + (place < 4 ? place : place - 2), strength});
      }
    }
  }
  return grid;
}

double swungQuarters(const Step& step, const Grid& grid, double swingPercent) noexcept {
  return step.place % 2 == 1 ? step.quarters + (swingPercent - 50.0) / 50.0 * grid.stepQuarters : step.quarters;
}

/** What a role plays alone where a genre, or a short bar's part of it, has nothing for it. */
static std::string_view plainRow(Role role) noexcept {
  switch (role) {
    case Role::kick: return "X...X...X...X.o.";
    case Role::snare:
    case Role::clap: return "....X..g....X.go";
    case Role::closedHat: return "x.x.x.x.x.x.x.xg";
    case Role::openHat: return "..x...x...x...x.";
    case Role::percussion: return "x..x..x...x..xo.";
  }
  return "X...X...X...X...";
}

/** Whether at least one of the bar's places has a note that is always played. */
static bool playsSurely(std::string_view row, const Grid& grid) noexcept {
  return std::any_of(grid.steps.begin(), grid.steps.end(), [&](const Step& step) { return std::string_view("Xx-r").find(row[static_cast<std::size_t>(step.pattern)]) != std::string_view::npos; });
}

std::vector<Hit> drumHits(const Music& music, const Grid& grid, Role role, const Parameters& parameters, bool partOfKit) {
  const std::string_view written = rowOf(choosePattern(music), role);
  const std::string_view plain = playsSurely(plainRow(role), grid) ? plainRow(role) : std::string_view("X...............");
  const std::string_view row = partOfKit || role == Role::openHat || playsSurely(written, grid) ? written : plain;
  const double density = parameters[P::density];
  const double human = parameters[P::humanise];
  const Random stream(Random(music.seed, "drum-hits"), static_cast<std::uint64_t>(role));
  const double secondsPerQuarter = 60.0 / music.tempoBpm;
  std::vector<Hit> hits;
  std::uint32_t number = 0;
  for (const auto& step : grid.steps) {
    // Bars come in pairs: the odd ones repeat the draws of the even ones but for a tenth of them, so that a pattern settles.
    const auto pair = static_cast<std::uint64_t>(step.bar / 2);
    const std::uint64_t place = pair * 4096 + static_cast<std::uint64_t>(step.index);
    const bool varied = step.bar % 2 == 1 && stream.uniform(0x10000 + place) < 0.25;
    Random random(stream, place * 2 + (varied ? 1 : 0));
    Chosen chosen = choose(row[static_cast<std::size_t>(step.pattern)], density, step.strength, random);
    const double extra = (density - 0.65) * willingness(role) * (step.place % 2 == 1 ? 1.0 : 0.7);
    const double draw = random.next();
    if (chosen.velocity == 0.0 && extra > 0.0 && draw < extra) chosen = {0.3 + 0.25 * random.next(), 1};
    // Where a hat has no room left between its notes, it doubles them.
    else if (role == Role::closedHat && extra > 0.0 && chosen.strokes == 1 && draw < (density - 0.65) * 1.4) chosen.strokes = 2;
    if (role == Role::openHat && chosen.velocity > 0.0 && parameters.instrument() == Instrument::hihat)
      if (random.next() > parameters[P::openness] * 2.0) chosen.velocity = 0.0;
    if (chosen.velocity == 0.0) continue;
    const double swung = swungQuarters(step, grid, parameters[P::swing]);
    for (std::int32_t stroke = 0; stroke < chosen.strokes; ++stroke) {
      Random feel(stream, 0x20000000ULL + static_cast<std::uint64_t>(number));
      // The kick holds the grid and nothing comes before a bar line; the rest leans up to 12 ms.
      const double late = role == Role::kick || step.index == 0 ? 0.0 : feel.nextBell() * 0.012 * human / secondsPerQuarter;
      const double level = chosen.velocity * (1.0 + feel.nextBell() * 0.45 * human) * (stroke == 0 ? 1.0 : 0.75 + 0.1 * stroke);
      hits.push_back({role, swung + late + stroke * grid.stepQuarters / chosen.strokes, clampTo(level, 0.08, 1.0), feel.nextBell() * human, number++});
    }
  }
  // However sparse: an instrument alone is never silent.
  if (hits.empty() && !partOfKit && role != Role::openHat) hits.push_back({role, 0.0, 0.9, 0.0, 0});
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.quarters < b.quarters; });
  return hits;
}

}  // namespace grym::dsp
