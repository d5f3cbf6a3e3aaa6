#include "timbre.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "maths.hpp"

namespace grym::dsp {
namespace {

constexpr double WINDOW_SECONDS = 0.0427;
constexpr std::size_t MEDIAN = 17;
/** Above this, tones and strokes are told apart no better, and it would cost twice the time. */
constexpr double SEPARATED_TO_HZ = 8000.0;

float medianOf(std::array<float, MEDIAN>& values) {
  std::nth_element(values.begin(), values.begin() + MEDIAN / 2, values.end());
  return values[MEDIAN / 2];
}

/** Keeps as many spectra as a median needs and adds up both shares of the one in the middle. */
class Separation {
 public:
  Separation(double rate, std::size_t size) : bins_(std::min(size / 2, static_cast<std::size_t>(SEPARATED_TO_HZ * static_cast<double>(size) / rate))) {}

  void push(const std::vector<float>& power) {
    std::vector<float> levels(bins_);
    for (std::size_t bin = 0; bin < bins_; ++bin) levels[bin] = std::sqrt(power[bin]);
    advance(std::move(levels));
  }

  double harmonicShare() {
    for (std::size_t i = 0; i < MEDIAN / 2; ++i) advance(std::vector<float>(bins_, 0.0F));
    return harmonic_ + percussive_ > 0.0 ? harmonic_ / (harmonic_ + percussive_) : 0.0;
  }

 private:
  void advance(std::vector<float> levels) {
    while (recent_.size() < MEDIAN / 2) recent_.emplace_back(bins_, 0.0F);
    recent_.push_back(std::move(levels));
    if (recent_.size() < MEDIAN) return;
    const auto& here = recent_[MEDIAN / 2];
    std::array<float, MEDIAN> values{};
    double energy = 0.0;
    for (const float level : here) energy += static_cast<double>(level) * static_cast<double>(level);
    // What adds less than a hundred-thousandth to the frame costs two medians and changes no share.
    const auto faintest = std::max(1e-9F, static_cast<float>(std::sqrt(energy * 1e-5)));
    for (std::size_t bin = 0; bin < bins_; ++bin) {
      if (here[bin] <= faintest) continue;
      for (std::size_t i = 0; i < MEDIAN; ++i) values[i] = recent_[i][bin];
      const double alongTime = static_cast<double>(medianOf(values));
      for (std::size_t i = 0; i < MEDIAN; ++i) {
        const std::size_t near = bin + i < MEDIAN / 2 ? 0 : std::min(bins_ - 1, bin + i - MEDIAN / 2);
        values[i] = here[near];
      }
      const double alongPitch = static_cast<double>(medianOf(values));
      const double power = static_cast<double>(here[bin]) * static_cast<double>(here[bin]);
      const double both = alongTime * alongTime + alongPitch * alongPitch;
      if (both <= 0.0) continue;
      harmonic_ += power * alongTime * alongTime / both;
      percussive_ += power * alongPitch * alongPitch / both;
    }
    recent_.pop_front();
  }

  std::size_t bins_;
  std::deque<std::vector<float>> recent_;
  double harmonic_ = 0.0, percussive_ = 0.0;
};

double flatnessOf(const std::vector<double>& mean, double perBin) {
  const auto from = static_cast<std::size_t>(std::ceil(60.0 / perBin));
  const std::size_t to = std::min(mean.size(), static_cast<std::size_t>(16000.0 / perBin));
  if (to <= from) return 0.0;
  double sum = 0.0;
  for (std::size_t bin = from; bin < to; ++bin) sum += mean[bin];
  if (sum <= 0.0) return 0.0;
  double logarithms = 0.0;
  for (std::size_t bin = from; bin < to; ++bin) logarithms += std::log(mean[bin] + sum * 1e-14);
  const auto count = static_cast<double>(to - from);
  return clampTo(std::exp(logarithms / count) / (sum / count), 0.0, 1.0);
}

std::array<double, 5> balanceOf(const std::vector<double>& mean, double perBin) {
  constexpr std::array<double, 4> BORDERS{120.0, 500.0, 2000.0, 6000.0};
  std::array<double, 5> shares{};
  double total = 0.0;
  for (std::size_t bin = 0; bin < mean.size(); ++bin) {
    const double frequency = static_cast<double>(bin) * perBin;
    const auto band = static_cast<std::size_t>(std::upper_bound(BORDERS.begin(), BORDERS.end(), frequency) - BORDERS.begin());
    shares[band] += mean[bin];
    total += mean[bin];
  }
  for (double& share : shares) share = total > 0.0 ? share / total : 0.0;
  return shares;
}

/** Levels of bands in decibels over time: mean energy, and the deviation of what is not far below it. */
class BandStatistics {
 public:
  BandStatistics(std::size_t size, double rate) : edges_(bandEdges(TIMBRE_BANDS, size, rate, 40.0, 14000.0)) {}

  void push(const std::vector<float>& power) {
    std::array<float, TIMBRE_BANDS> row{};
    for (std::size_t band = 0; band < TIMBRE_BANDS; ++band) {
      double sum = 0.0;
      for (std::size_t bin = edges_[band]; bin < edges_[band + 1]; ++bin) sum += static_cast<double>(power[bin]);
      energy_[band] += sum;
      row[band] = static_cast<float>(sum);
    }
    rows_.push_back(row);
  }

  void summarise(Timbre& timbre) const {
    const double loudest = *std::max_element(energy_.begin(), energy_.end());
    if (loudest <= 0.0) return;
    const double floor = loudest / static_cast<double>(rows_.size()) * 1e-5;
    for (std::size_t band = 0; band < TIMBRE_BANDS; ++band) {
      timbre.bandDecibels[band] = std::max(-60.0, 10.0 * std::log10(energy_[band] / loudest + 1e-12));
      double sum = 0.0, square = 0.0;
      for (const auto& row : rows_) {
        const double level = 10.0 * std::log10(static_cast<double>(row[band]) + floor);
        sum += level;
        square += level * level;
      }
      const auto count = static_cast<double>(rows_.size());
      timbre.bandDeviation[band] = std::sqrt(std::max(0.0, square / count - sum / count * (sum / count)));
    }
  }

 private:
  std::vector<std::size_t> edges_;
  std::array<double, TIMBRE_BANDS> energy_{};
  std::vector<std::array<float, TIMBRE_BANDS>> rows_;
};

}  // namespace

std::optional<Timbre> measureTimbre(const MiddleSide& sound, Control& control) {
  const std::size_t size = transformSize(sound.rate, WINDOW_SECONDS), hop = size / 2;
  const double perBin = sound.rate / static_cast<double>(size);
  PowerSpectrum spectrum(size);
  Separation separation(sound.rate, size);
  BandStatistics bands(size, sound.rate);
  std::vector<float> power(spectrum.bins());
  std::vector<double> mean(spectrum.bins(), 0.0);
  double brightness = 0.0, energy = 0.0;
  const auto count = static_cast<std::size_t>(sound.frames) / hop + 1;
  for (std::size_t frame = 0; frame < count; ++frame) {
    control.progress(static_cast<double>(frame) / static_cast<double>(count));
    powerAt(sound, spectrum, static_cast<std::int64_t>(frame * hop), power);
    double weighted = 0.0, levels = 0.0, here = 0.0;
    for (std::size_t bin = 1; bin < power.size(); ++bin) {
      const double level = std::sqrt(static_cast<double>(power[bin]));
      weighted += level * static_cast<double>(bin) * perBin;
      levels += level;
      here += static_cast<double>(power[bin]);
      mean[bin] += static_cast<double>(power[bin]);
    }
    if (levels > 0.0) brightness += weighted / levels * here;
    energy += here;
    separation.push(power);
    bands.push(power);
  }
  if (energy <= 1e-14 * static_cast<double>(count)) return std::nullopt;
  Timbre timbre;
  timbre.brightnessHz = brightness / energy;
  timbre.balance = balanceOf(mean, perBin);
  timbre.flatness = flatnessOf(mean, perBin);
  timbre.harmonicShare = clampTo(separation.harmonicShare(), 0.0, 1.0);
  bands.summarise(timbre);
  return timbre;
}

std::optional<double> stereoWidth(const Sound& sound) {
  double left = 0.0, right = 0.0, both = 0.0;
  for (std::size_t i = 0; i < sound.left().size(); ++i) {
    const auto a = static_cast<double>(sound.left()[i]), b = static_cast<double>(sound.right()[i]);
    left += a * a;
    right += b * b;
    both += a * b;
  }
  if (left + right <= 0.0) return std::nullopt;
  if (left <= 0.0 || right <= 0.0) return 0.0;
  return 1.0 - clampTo(both / std::sqrt(left * right), 0.0, 1.0);
}

}  // namespace grym::dsp
