#include "harmony.hpp"

#include <algorithm>
#include <array>

#include "maths.hpp"

namespace grym::dsp {
namespace {

struct ScaleRow {
  Scale scale;
  std::string_view name;
  std::vector<int> semitones;
  Scale parent;  // seven notes, from which chords are stacked
};

const std::vector<ScaleRow>& scales() {
  static const std::vector<ScaleRow> rows = {
      {Scale::minor, "minor", {0, 2, 3, 5, 7, 8, 10}, Scale::minor},
      {Scale::major, "major", {0, 2, 4, 5, 7, 9, 11}, Scale::major},
      {Scale::dorian, "dorian", {0, 2, 3, 5, 7, 9, 10}, Scale::dorian},
      {Scale::phrygian, "phrygian", {0, 1, 3, 5, 7, 8, 10}, Scale::phrygian},
      {Scale::lydian, "lydian", {0, 2, 4, 6, 7, 9, 11}, Scale::lydian},
      {Scale::mixolydian, "mixolydian", {0, 2, 4, 5, 7, 9, 10}, Scale::mixolydian},
      {Scale::locrian, "locrian", {0, 1, 3, 5, 6, 8, 10}, Scale::locrian},
      {Scale::harmonicMinor, "harmonic minor", {0, 2, 3, 5, 7, 8, 11}, Scale::harmonicMinor},
      {Scale::melodicMinor, "melodic minor", {0, 2, 3, 5, 7, 9, 11}, Scale::melodicMinor},
      {Scale::minorPentatonic, "minor pentatonic", {0, 3, 5, 7, 10}, Scale::minor},
      {Scale::majorPentatonic, "major pentatonic", {0, 2, 4, 7, 9}, Scale::major},
      {Scale::blues, "blues", {0, 3, 5, 6, 7, 10}, Scale::minor},
  };
  return rows;
}

const ScaleRow& rowOf(Scale scale) { return scales()[static_cast<std::size_t>(scale)]; }

bool majorLike(Scale scale) {
  const auto& semitones = rowOf(scale).semitones;
  return std::find(semitones.begin(), semitones.end(), 4) != semitones.end();
}

int floorDivide(int value, int by) noexcept { return value >= 0 ? value / by : -((-value + by - 1) / by); }

/** Semitones above the key's root of a degree of the seven-note parent, any octave, moved onto the scale itself. */
int degreeSemitones(Scale scale, int degree) {
  const auto& parent = rowOf(rowOf(scale).parent).semitones;
  const int octave = floorDivide(degree, 7);
  const int inside = parent[static_cast<std::size_t>(degree - octave * 7)];
  const auto& own = rowOf(scale).semitones;
  int nearest = own[0];
  for (const int candidate : own)
    if (std::abs(candidate - inside) < std::abs(nearest - inside)) nearest = candidate;
  return nearest + octave * 12;
}

/** The key's root within [low, low + 12). */
int rootFrom(const Music& music, int low) { return low + ((music.keyRoot - low) % 12 + 12) % 12; }

struct Line { Genre genre; std::string_view steps; };

// r root, f fifth, o octave, t third, s seventh below, d fifth below, n second; capital: accent; _ held; ? perhaps a root.
constexpr Line BASS_LINES[] = {
    {Genre::none, "R.r..r.or.r..f.s"}, {Genre::none, "R_.r..f.R_.s.rt."}, {Genre::none, "R.?rr.?rR.f.s.r."},
    {Genre::house, "..R...r...R..or."}, {Genre::house, "R..r..o..r.?f.s."}, {Genre::house, "r.oR.?o.r.oR.f.s"},
    {Genre::techno, ".rRr.rRr.rRr.rRo"}, {Genre::techno, "R?r.r.rRr.?rR.r."}, {Genre::techno, "..R.?.R..?R...Rr"},
    {Genre::drumAndBass, "R_____r_..f_s___"}, {Genre::drumAndBass, "R___..r___.t_.s_"}, {Genre::drumAndBass, "R_.r__..R_.o..s_"},
    {Genre::hipHop, "R__r..?.R..f_.s."}, {Genre::hipHop, "R_..?.r_..d_..r."}, {Genre::hipHop, "R__...r.?_..t.s_"},
    {Genre::trap, "R_____r___..o_f_"}, {Genre::trap, "R____...r__.?_s_"}, {Genre::trap, "R_______..r_o_.."},
    {Genre::ambient, "R_______________"}, {Genre::ambient, "R___________f___"},
    {Genre::dub, "R__.r_..t_.f..s."}, {Genre::dub, "..R_r_..f_s_r..."}, {Genre::dub, "R_....r_t_..d_.."},
    {Genre::garage, "R..r....o.r..f.s"}, {Genre::garage, "R_...r.o..r_.s.t"}, {Genre::garage, "R..o..r...f..s.r"},
    {Genre::lofi, "R_____.f..r_s_.."}, {Genre::lofi, "R___.r..d___.s.."}, {Genre::lofi, "R__r..f___..t.s."},
    {Genre::trance, "..r.R.r...r.R.r."}, {Genre::trance, ".rRr.rRr.rRr.rRr"},
    {Genre::electro, "R.rr.o.rR.r.o.sr"}, {Genre::electro, "R..o.r.oR..o.f.s"},
    {Genre::breakbeat, "R.r...s.r..rf.t."}, {Genre::breakbeat, "R__r..o.R_.f..s."},
    {Genre::dubstep, "R_____R_r_.r__s_"}, {Genre::dubstep, "R___r_r_R_____o_"},
    {Genre::disco, "R.o.r.o.R.o.f.o."}, {Genre::disco, "R.orR.orR.orf.or"},
    {Genre::synthwave, "RrrrrrrrRrrrrrrr"}, {Genre::synthwave, "R.r.o.r.R.r.o.f."},
};

constexpr Line KEYS_LINES[] = {
    {Genre::none, "X_____X___X_____"}, {Genre::none, "X___..X___..X_o."}, {Genre::house, "X..X..X...X..X.."}, {Genre::house, "..X...X..X....X."},
    {Genre::techno, "...X..X....X..X."}, {Genre::drumAndBass, "X_______..X_____"}, {Genre::hipHop, "X_____..o.X_____"}, {Genre::hipHop, "X__.X__...o.X___"},
    {Genre::trap, "X_______________"}, {Genre::ambient, "X_______________"}, {Genre::dub, "..X...X...X...X."}, {Genre::dub, "..X.......X.o..."},
    {Genre::garage, "X..X......X..X.o"}, {Genre::lofi, "X_______..X_____"}, {Genre::lofi, "X_____o_X__.o___"}, {Genre::trance, "X..X..X..X..X.X."},
    {Genre::electro, "X..X..X....X...."}, {Genre::breakbeat, "X...X..X...X..o."}, {Genre::dubstep, "X_______________"}, {Genre::disco, "X..X..X..X..X.X."},
    {Genre::synthwave, "X_______X_______"},
};

template <std::size_t N>
std::string_view chooseLine(const Line (&lines)[N], const Music& music, std::string_view stream) {
  std::vector<std::string_view> candidates;
  for (const auto& line : lines)
    if (line.genre == music.genre) candidates.push_back(line.steps);
  return candidates[Random(music.seed, stream).below(static_cast<std::uint32_t>(candidates.size()))];
}

int degreeOfLetter(char letter) noexcept {
  switch (letter) {
    case 'f': return 4;
    case 'o': return 7;
    case 't': return 2;
    case 'n': return 1;
    case 's': return -1;
    case 'd': return -3;
    default: return 0;
  }
}

/** Shifts a time by the player's looseness; nothing comes before a bar line. */
double humanTime(const Music& music, const Step& step, double swung, double human, Random& feel) {
  return step.index == 0 ? swung : swung + feel.nextBell() * 0.01 * human * music.tempoBpm / 60.0;
}

/** A walk through the scale that leans on chord tones where the beat is strong. */
int walkDegree(int previous, int chordDegree, double strength, double movement, Random& random) {
  const int span = 1 + static_cast<int>(movement * 3.0);
  int next = previous + static_cast<int>(random.below(static_cast<std::uint32_t>(2 * span + 1))) - span;
  // Pull back towards the middle of the register.
  if (next > chordDegree + 8) next -= 3;
  if (next < chordDegree - 4) next += 3;
  if (strength >= 0.5 && random.chance(0.75)) {
    const int above = ((next - chordDegree) % 7 + 7) % 7;
    static constexpr std::array<int, 7> TO_CHORD_TONE = {0, -1, 0, 1, 0, -1, 1};
    next += TO_CHORD_TONE[static_cast<std::size_t>(above)];
  }
  return next;
}

}  // namespace

std::string_view scaleName(Scale scale) noexcept { return rowOf(scale).name; }

std::optional<Scale> scaleByName(std::string_view name) noexcept {
  for (const auto& row : scales())
    if (row.name == name) return row.scale;
  return std::nullopt;
}

std::vector<int> scaleSemitones(Scale scale) { return rowOf(scale).semitones; }

std::vector<int> progression(const Music& music, double movement) {
  static const std::vector<std::vector<int>> MINOR = {{0, 5, 2, 6}, {0, 3, 5, 4}, {0, 6, 5, 6}, {0, 2, 5, 3}, {0, 5, 3, 6}, {0, 3, 6, 2}};
  static const std::vector<std::vector<int>> MAJOR = {{0, 4, 5, 3}, {0, 5, 3, 4}, {0, 3, 5, 4}, {0, 2, 3, 4}, {0, 3, 1, 4}, {0, 5, 1, 4}};
  static const std::vector<std::vector<int>> MODAL = {{0, 3, 0, 6}, {0, 6, 3, 0}, {0, 1, 0, 6}, {0, 0, 3, 6}};
  const bool modal = music.scale == Scale::dorian || music.scale == Scale::phrygian || music.scale == Scale::mixolydian || music.scale == Scale::lydian || music.scale == Scale::locrian;
  const auto& table = modal ? MODAL : (majorLike(music.scale) ? MAJOR : MINOR);
  Random random(music.seed, "progression");
  const auto& chosen = table[random.below(static_cast<std::uint32_t>(table.size()))];
  std::vector<int> degrees;
  // Long loops hold each chord for two bars.
  const int held = music.bars >= 8 ? 2 : 1;
  for (std::int32_t bar = 0; bar < music.bars; ++bar) {
    const auto place = static_cast<std::size_t>(bar / held % 4);
    // With two bars only, the second takes the progression's third chord: the turn that leads home.
    const int degree = music.bars == 2 && bar == 1 ? chosen[2] : chosen[place];
    degrees.push_back(movement < 0.25 || (movement < 0.5 && place % 2 == 1 && music.bars > 2) ? 0 : degree);
  }
  return degrees;
}

std::vector<int> voiceChord(const Music& music, int degree, double complexity, int centre, const std::vector<int>& previous) {
  const int size = complexity < 0.34 ? 3 : (complexity < 0.67 ? 4 : 5);
  const int root = rootFrom(music, centre - 6);
  std::vector<int> classes;
  for (int i = 0; i < size; ++i) {
    const int pitchClass = ((root + degreeSemitones(music.scale, degree + 2 * i)) % 12 + 12) % 12;
    if (std::find(classes.begin(), classes.end(), pitchClass) == classes.end()) classes.push_back(pitchClass);
  }
  // Every voice goes to the nearest place of its pitch class, seen from the previous chord (or from the centre, spread out).
  std::vector<int> voices;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const int target = previous.empty() ? centre + static_cast<int>(i) * 4 - 6 : previous[i < previous.size() ? i : previous.size() - 1];
    int pitch = target + ((classes[i] - target) % 12 + 12) % 12;
    if (pitch - target > 6) pitch -= 12;
    while (pitch > centre + 13) pitch -= 12;
    while (pitch < centre - 12) pitch += 12;
    while (std::find(voices.begin(), voices.end(), pitch) != voices.end()) pitch += 12;
    voices.push_back(pitch);
  }
  return voices;
}

std::vector<Note> bassLine(const Music& music, const Grid& grid, const Parameters& parameters) {
  const std::string_view line = chooseLine(BASS_LINES, music, "bass-line");
  const double movement = parameters[P::movement];
  const double density = parameters[P::density];
  const int root = rootFrom(music, 28) + 12 * static_cast<int>(floorOf(parameters[P::octave] + 0.5));
  const auto degrees = progression(music, movement);
  const Random stream(music.seed, "bass-notes");
  std::vector<Note> notes;
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    const auto& step = grid.steps[i];
    const char letter = line[static_cast<std::size_t>(step.pattern)];
    Random random(stream, static_cast<std::uint64_t>(step.index) + 512 * static_cast<std::uint64_t>(step.bar % 2 == 1 && step.group == grid.groupsPerBar - 1));
    const double luck = random.next(), thin = random.next(), extra = random.next(), stay = random.next(), ghost = random.next();
    if (letter == '_') {
      if (!notes.empty() && step.quarters - (notes.back().quarters + notes.back().lengthQuarters) < 0.01) notes.back().lengthQuarters = step.quarters + grid.stepQuarters - notes.back().quarters;
      if (density <= 0.65 || extra > (density - 0.65) * 1.6) continue;
    }
    bool play = letter != '.' && letter != '_' && letter != '?';
    if (letter == '?') play = luck < clampTo(density, 0.0, 1.0);
    if (!play && density > 0.65 && extra < (density - 0.65) * 1.6) play = true;
    if (play && density < 0.35 && step.strength < 0.9 && thin < (0.35 - density) * 2.4) play = false;
    if (!play) continue;
    int degree = degreeOfLetter(letter);
    if (stay > 0.15 + movement * 1.15) degree = 0;
    // Chords above the fourth degree are reached from below, so that the line stays low.
    const int chord = degrees[static_cast<std::size_t>(step.bar)];
    const double pitch = root + degreeSemitones(music.scale, degree + (chord > 3 ? chord - 7 : chord));
    const bool accent = letter >= 'A' && letter <= 'Z';
    Random feel(stream, 0x4000000ULL + i);
    const double human = parameters[P::humanise];
    const double velocity = clampTo((accent ? 1.0 : 0.8) * (0.92 + 0.08 * ghost) + feel.nextBell() * 0.2 * human, 0.3, 1.0);
    const double start = humanTime(music, step, swungQuarters(step, grid, parameters[P::swing]), human, feel);
    const bool tied = !notes.empty() && step.quarters - (notes.back().quarters + notes.back().lengthQuarters) < 0.05;
    notes.push_back({start, grid.stepQuarters, pitch < 24 ? pitch + 12 : pitch, velocity, tied ? notes.back().pitch : pitch, 0.0, static_cast<std::uint32_t>(notes.size())});
  }
  for (auto& note : notes) note.lengthQuarters = std::max(0.06, note.lengthQuarters * parameters[P::noteLength]);
  return notes;
}

std::vector<Note> melody(const Music& music, const Grid& grid, const Parameters& parameters) {
  const double movement = parameters[P::movement], density = parameters[P::density], human = parameters[P::humanise];
  const int root = rootFrom(music, 62) + 12 * static_cast<int>(floorOf(parameters[P::octave] + 0.5));
  const auto degrees = progression(music, 0.6);
  const Random stream(music.seed, "melody");
  const double calm = music.genre == Genre::ambient || music.genre == Genre::dub || music.genre == Genre::lofi ? 0.6 : 1.0;
  std::vector<Note> notes;
  int degree = 0;
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    const auto& step = grid.steps[i];
    if (step.index == 0) degree = degrees[static_cast<std::size_t>(step.bar)] % 7 + (stream.uniform(7) < 0.5 ? 0 : 2);
    // The motif comes back every bar; the last beat of odd bars and every fourth bar answer it.
    const bool answer = step.bar % 4 == 3 || (step.bar % 2 == 1 && step.group == grid.groupsPerBar - 1);
    Random random(stream, static_cast<std::uint64_t>(step.index) + (answer ? 4096 : 0));
    const double base = step.strength >= 1.0 ? 0.92 : (step.strength >= 0.8 ? 0.55 : (step.strength >= 0.5 ? 0.5 : 0.26));
    const double luck = random.next();
    if (luck >= clampTo(base * calm * (0.25 + 1.5 * density), 0.0, 1.0)) continue;
    degree = walkDegree(degree, degrees[static_cast<std::size_t>(step.bar)] % 7, step.strength, movement, random);
    const double pitch = root + degreeSemitones(music.scale, degree);
    Random feel(stream, 0x4000000ULL + i);
    const double velocity = clampTo(0.62 + 0.3 * step.strength + feel.nextBell() * 0.3 * human, 0.25, 1.0);
    const double start = humanTime(music, step, swungQuarters(step, grid, parameters[P::swing]), human, feel);
    notes.push_back({start, grid.stepQuarters, pitch, velocity, pitch, 0.0, static_cast<std::uint32_t>(notes.size())});
  }
  const double end = music.quarterNotes();
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const double gap = (i + 1 < notes.size() ? notes[i + 1].quarters : end) - notes[i].quarters;
    notes[i].lengthQuarters = std::max(0.06, std::min(gap, 1.5) * parameters[P::noteLength]);
    if (i > 0 && notes[i].quarters - notes[i - 1].quarters <= 0.55 && stream.uniform(0x8000000ULL + i) < 0.3 + 0.7 * parameters.position(P::glide)) notes[i].slideFrom = notes[i - 1].pitch;
  }
  return notes;
}

std::vector<Note> pluckLine(const Music& music, const Grid& grid, const Parameters& parameters) {
  const double density = parameters[P::density], human = parameters[P::humanise];
  const int shift = 12 * static_cast<int>(floorOf(parameters[P::octave] + 0.5));
  const int root = rootFrom(music, 62) + shift;
  const auto degrees = progression(music, parameters[P::movement]);
  Random style(music.seed, "pluck-style");
  const auto direction = style.below(4);
  const std::uint32_t cycle = 3 + style.below(3);
  const bool eighths = style.chance(0.3);
  const Random stream(music.seed, "pluck-notes");
  std::vector<Note> notes;
  std::vector<int> chord;
  std::uint32_t counter = 0;
  int degree = 0;
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    const auto& step = grid.steps[i];
    if (step.index == 0) {
      chord = voiceChord(music, degrees[static_cast<std::size_t>(step.bar)], 0.5, 64 + shift, chord);
      std::sort(chord.begin(), chord.end());
      chord.push_back(chord.front() + 12);
      counter = 0;
    }
    Random random(stream, static_cast<std::uint64_t>(step.index));
    const double luck = random.next(), which = random.next();
    const double chance = (eighths && step.place % 2 == 1 ? 0.35 : 0.95) * (step.strength < 0.5 ? 0.45 + 0.85 * density : 0.62 + 0.7 * density) * (counter % cycle == 0 ? 1.2 : 0.8);
    if (luck >= clampTo(chance, 0.0, 1.0) && step.index != 0) { ++counter; continue; }
    double pitch = 0;
    if (which < parameters[P::arpeggio]) {
      const auto size = static_cast<std::uint32_t>(chord.size());
      const std::uint32_t place = counter % size, back = counter % (2 * size - 2);
      const std::uint32_t at = direction == 0 ? place : (direction == 1 ? size - 1 - place : (direction == 2 ? (back < size ? back : 2 * size - 2 - back) : random.below(size)));
      pitch = chord[at];
    } else {
      degree = walkDegree(degree, degrees[static_cast<std::size_t>(step.bar)] % 7, step.strength, parameters[P::movement], random);
      pitch = root + degreeSemitones(music.scale, degree);
    }
    Random feel(stream, 0x4000000ULL + i);
    const double velocity = clampTo((counter % cycle == 0 ? 0.95 : 0.66) + feel.nextBell() * 0.3 * human, 0.25, 1.0);
    const double start = humanTime(music, step, swungQuarters(step, grid, parameters[P::swing]), human, feel);
    notes.push_back({start, grid.stepQuarters * parameters[P::noteLength] * (eighths ? 2.0 : 1.0), pitch, velocity, pitch, feel.nextBell() * 0.6, static_cast<std::uint32_t>(notes.size())});
    ++counter;
  }
  return notes;
}

std::vector<Note> keysChords(const Music& music, const Grid& grid, const Parameters& parameters) {
  const std::string_view line = chooseLine(KEYS_LINES, music, "keys-line");
  const double density = parameters[P::density], human = parameters[P::humanise];
  const int shift = 12 * static_cast<int>(floorOf(parameters[P::octave] + 0.5));
  const auto degrees = progression(music, parameters[P::movement]);
  const Random stream(music.seed, "keys-notes");
  std::vector<Note> notes;
  std::vector<int> chord;
  std::size_t chordStart = 0;
  for (std::size_t i = 0; i < grid.steps.size(); ++i) {
    const auto& step = grid.steps[i];
    if (step.index == 0) chord = voiceChord(music, degrees[static_cast<std::size_t>(step.bar)], parameters[P::complexity], 62 + shift, chord);
    const char letter = line[static_cast<std::size_t>(step.pattern)];
    Random random(stream, static_cast<std::uint64_t>(step.index));
    const double luck = random.next();
    if (letter == '_' && density <= 0.65) {
      for (std::size_t n = chordStart; n < notes.size(); ++n) notes[n].lengthQuarters = step.quarters + grid.stepQuarters - notes[chordStart].quarters;
      continue;
    }
    bool play = letter == 'X' || (letter == 'o' && luck < density);
    if (!play && density > 0.65) play = luck < (density - 0.65) * (step.place % 2 == 0 ? 1.2 : 0.6);
    if (play && density < 0.35 && step.index != 0) play = luck > (0.35 - density) * 2.4;
    if (!play) continue;
    chordStart = notes.size();
    Random feel(stream, 0x4000000ULL + i);
    const double swung = humanTime(music, step, swungQuarters(step, grid, parameters[P::swing]), human, feel);
    for (std::size_t voice = 0; voice < chord.size(); ++voice) {
      const double strum = static_cast<double>(voice) * 0.012 * human * music.tempoBpm / 60.0;
      const double velocity = clampTo(0.55 + 0.3 * step.strength + feel.nextBell() * 0.35 * human - 0.04 * static_cast<double>(voice), 0.2, 1.0);
      notes.push_back({swung + strum, grid.stepQuarters, static_cast<double>(chord[voice]), velocity, static_cast<double>(chord[voice]), 0.0, static_cast<std::uint32_t>(notes.size())});
    }
    // The left hand: the root, below.
    const double low = rootFrom(music, 40) + shift + degreeSemitones(music.scale, degrees[static_cast<std::size_t>(step.bar)] > 3 ? degrees[static_cast<std::size_t>(step.bar)] - 7 : degrees[static_cast<std::size_t>(step.bar)]);
    notes.push_back({swung, grid.stepQuarters, low, 0.6, low, 0.0, static_cast<std::uint32_t>(notes.size())});
  }
  for (auto& note : notes) note.lengthQuarters *= parameters[P::noteLength];
  return notes;
}

std::vector<Note> padChords(const Music& music, const Parameters& parameters) {
  const int shift = 12 * static_cast<int>(floorOf(parameters[P::octave] + 0.5));
  const auto degrees = progression(music, parameters[P::movement]);
  // A busy pad changes its voicing twice a bar, a sparse one holds what it has.
  const int changesPerBar = parameters[P::density] > 0.7 ? 2 : 1;
  std::vector<Note> notes;
  std::vector<int> chord;
  const double length = music.quartersPerBar() / changesPerBar;
  for (std::int32_t change = 0; change < music.bars * changesPerBar; ++change) {
    const int degree = degrees[static_cast<std::size_t>(change / changesPerBar)];
    chord = voiceChord(music, degree, parameters[P::complexity], (change % 2 == 1 && changesPerBar == 2 ? 66 : 61) + shift, chord);
    for (std::size_t voice = 0; voice < chord.size(); ++voice) {
      const double pan = chord.size() > 1 ? (static_cast<double>(voice) / static_cast<double>(chord.size() - 1) - 0.5) * 0.8 : 0.0;
      notes.push_back({change * length, length, static_cast<double>(chord[voice]), 0.8, static_cast<double>(chord[voice]), pan, static_cast<std::uint32_t>(notes.size())});
    }
    const double low = rootFrom(music, 40) + shift + degreeSemitones(music.scale, degree > 3 ? degree - 7 : degree);
    notes.push_back({change * length, length, low, 0.75, low, 0.0, static_cast<std::uint32_t>(notes.size())});
  }
  return notes;
}

}  // namespace grym::dsp
