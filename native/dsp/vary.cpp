#include "vary.hpp"

#include <algorithm>
#include <cmath>

#include "loop_seam.hpp"
#include "maths.hpp"
#include "random.hpp"
#include "slices.hpp"

namespace grym::dsp {
namespace {

/** Shorter pieces are a texture of their own. */
constexpr double SHORTEST_SLICE_SECONDS = 0.04;
constexpr double END_FADE_SECONDS = 0.005;
/** A change is rare at strength 0 and the rule at 1. */
constexpr double RAREST = 0.06, OFTENEST = 0.85;
constexpr std::size_t SLICES_IN_BAR = 4;

struct Counts {
  std::size_t kept = 0, swapped = 0, repeated = 0, reversed = 0, muted = 0, followed = 0, jumped = 0;
};

/** The slice, of those that resemble this one, that chance picks; strong variation looks farther. */
std::size_t partnerOf(const std::vector<Slice>& slices, std::size_t here, double strength, Random& random) {
  std::vector<std::pair<double, std::size_t>> others;
  for (std::size_t i = 0; i < slices.size(); ++i)
    if (i != here) others.emplace_back(distance(slices[here], slices[i]), i);
  std::sort(others.begin(), others.end());
  const auto reach = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(others.size()) * (0.25 + 0.75 * strength)));
  return others[random.below(static_cast<std::uint32_t>(reach))].second;
}

/** Every slot of the source keeps its place and length; what sounds in it may change. */
std::vector<Placement> rearranged(const std::vector<Slice>& slices, double strength, Random& random, Counts& counts) {
  const double chance = mix(RAREST, OFTENEST, strength);
  // At least one slot changes, wherever chance puts it.
  const std::size_t certain = random.below(static_cast<std::uint32_t>(slices.size()));
  std::vector<Placement> pieces;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const Slice& slot = slices[i];
    Placement piece{slot.start, slot.length};
    const bool change = random.chance(chance) || i == certain;
    // Drawn whether needed or not, so that strength moves how much changes and not which way.
    const double kind = random.next();
    const std::size_t partner = slices.size() > 1 ? partnerOf(slices, i, strength, random) : i;
    if (!change) ++counts.kept;
    else if (kind < 0.5 && partner != i) {
      piece.source = slices[partner].start;
      ++counts.swapped;
    } else if (kind < 0.72 && i > 0) {
      piece.source = pieces.back().source;
      piece.reversed = pieces.back().reversed && pieces.back().length == slot.length;
      piece.silent = pieces.back().silent;
      ++counts.repeated;
    } else if (kind < 0.9 || strength < 0.25) {
      piece.reversed = true;
      ++counts.reversed;
    } else {
      piece.silent = true;
      ++counts.muted;
    }
    pieces.push_back(piece);
  }
  return pieces;
}

/** A walk: on to the next slice, or over to one that follows a slice like this one; the place in the bar is kept where it can be. */
std::vector<Placement> continued(const std::vector<Slice>& slices, std::int64_t frames, double strength, Random& random, Counts& counts, Control& control) {
  const std::size_t count = slices.size();
  std::vector<std::size_t> recent;
  std::vector<Placement> pieces;
  std::size_t here = count - 1;
  std::int64_t position = 0;
  for (std::size_t number = count; position < frames; ++number) {
    control.checkpoint();
    std::vector<double> weights(count);
    double sum = 0.0;
    for (std::size_t next = 0; next < count; ++next) {
      const std::size_t before = next == 0 ? count - 1 : next - 1;
      const double likeness = expOf(-distance(slices[here], slices[before]) / mix(0.08, 0.5, strength));
      const double place = next % SLICES_IN_BAR == number % SLICES_IN_BAR ? 1.0 : mix(0.02, 0.3, strength);
      const auto fresh = static_cast<double>(std::count(recent.begin(), recent.end(), next));
      // The slice after this one resembles it perfectly; strength decides how much of that lead it keeps.
      const double follows = next == here + 1 ? mix(6.0, 0.8, strength) : 1.0;
      weights[next] = (likeness * place * follows + 1e-6) / (1.0 + fresh);
      sum += weights[next];
    }
    double draw = random.next() * sum;
    std::size_t next = 0;
    while (next + 1 < count && draw >= weights[next]) draw -= weights[next++];
    if (next == here + 1) ++counts.followed;
    else ++counts.jumped;
    pieces.push_back({slices[next].start, slices[next].length});
    position += slices[next].length;
    here = next;
    recent.push_back(next);
    if (recent.size() > std::min<std::size_t>(16, count)) recent.erase(recent.begin());
  }
  return pieces;
}

void tell(std::vector<std::string>& changes, std::size_t count, std::size_t of, const std::string& what) {
  if (count > 0) changes.push_back(std::to_string(count) + " of " + std::to_string(of) + " slices " + what + ".");
}

}  // namespace

Varied vary(const Sound& sound, const VariationPlan& plan, Control& control) {
  control.progress(0.0);
  PartOf cutting(control, 0.0, 0.4), laying(control, 0.4, 1.0);
  const auto least = std::max<std::int64_t>(8, static_cast<std::int64_t>(SHORTEST_SLICE_SECONDS * sound.rate));
  const auto slices = sliceUp(sound, plan.cuts, least, cutting);
  if (slices.size() < 2) throw Refused("it has no place to be cut at, and at least one is needed");
  Random random(plan.seed, plan.continuation ? "continue" : "vary");
  Counts counts;
  auto pieces = plan.continuation ? continued(slices, plan.targetFrames, plan.strength, random, counts, cutting) : rearranged(slices, plan.strength, random, counts);
  if (!plan.continuation) {
    // Longer than the source: the variation goes on from its start, cut at the target.
    std::int64_t length = sound.frames();
    for (std::size_t i = 0; length < plan.targetFrames; ++i) {
      pieces.push_back(pieces[i]);
      length += pieces[i].length;
    }
  }
  Varied result;
  result.sound = assemble(sound, pieces, plan.targetFrames, !plan.continuation && plan.targetFrames == sound.frames(), laying);
  const auto ending = static_cast<std::int64_t>(END_FADE_SECONDS * sound.rate);
  // A whole variation ends as its source did, loop or not; what was cut or begins elsewhere is faded.
  if (plan.continuation) fade(result.sound, std::min<std::int64_t>(ending, 64), ending);
  else if (plan.targetFrames != sound.frames()) fade(result.sound, 0, ending);
  const std::size_t of = plan.continuation ? pieces.size() : slices.size();
  tell(result.changes, counts.kept, of, "kept");
  tell(result.changes, counts.swapped, of, "replaced by another that resembles them");
  tell(result.changes, counts.repeated, of, "replaced by the one before");
  tell(result.changes, counts.reversed, of, "reversed");
  tell(result.changes, counts.muted, of, "muted");
  tell(result.changes, counts.followed, of, "follow as in the source");
  tell(result.changes, counts.jumped, of, "follow one that resembles their own predecessor");
  control.progress(1.0);
  return result;
}

}  // namespace grym::dsp
