#pragma once
// Counter-based random numbers: value n of a stream is a hash of (seed, stream, n). Nothing is shared and nothing advances
// behind the caller's back, so adding a draw in one place never changes the sound of another.
#include <cstdint>
#include <string_view>

namespace grym::dsp {

/** SplitMix64's finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
constexpr std::uint64_t mixBits(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t hashName(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

class Random {
 public:
  constexpr Random(std::uint64_t seed, std::string_view stream) noexcept : key_(mixBits(seed + 0x9e3779b97f4a7c15ULL) ^ hashName(stream)) {}
  constexpr Random(const Random& parent, std::uint64_t child) noexcept : key_(mixBits(parent.key_ + mixBits(child + 0x632be59bd9b4e019ULL))) {}

  constexpr std::uint64_t bits(std::uint64_t counter) const noexcept { return mixBits(key_ + (counter + 1) * 0x9e3779b97f4a7c15ULL); }
  /** Uniform in [0, 1). */
  constexpr double uniform(std::uint64_t counter) const noexcept { return static_cast<double>(bits(counter) >> 11) * 0x1.0p-53; }
  /** Uniform in [−1, 1). */
  constexpr double bipolar(std::uint64_t counter) const noexcept { return uniform(counter) * 2.0 - 1.0; }
  /** Bell-shaped in (−1, 1), standard deviation 1/3 (sum of three uniforms). */
  constexpr double bell(std::uint64_t counter) const noexcept {
    return (bipolar(counter * 3) + bipolar(counter * 3 + 1) + bipolar(counter * 3 + 2)) / 3.0;
  }

  // A cursor over the same stream, for code that draws in sequence.
  constexpr double next() noexcept { return uniform(cursor_++); }
  constexpr double nextBipolar() noexcept { return bipolar(cursor_++); }
  constexpr double nextBell() noexcept { const double a = nextBipolar(); const double b = nextBipolar(); return (a + b + nextBipolar()) / 3.0; }
  constexpr bool chance(double probability) noexcept { return next() < probability; }
  constexpr std::uint32_t below(std::uint32_t count) noexcept { return static_cast<std::uint32_t>(next() * count); }

 private:
  std::uint64_t key_;
  std::uint64_t cursor_ = 0;
};

}  // namespace grym::dsp
