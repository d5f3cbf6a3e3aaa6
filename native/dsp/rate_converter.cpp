#include "rate_converter.hpp"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sound.hpp"

namespace grym::dsp {
namespace {

/** Frames in and frames out of one call of soxr, less than a millisecond of work: between two the control is looked at. */
constexpr std::size_t STEP_FRAMES = 8192;
constexpr float LOUDEST = 1000.0F;
/** Of the lower Nyquist frequency. */
constexpr double FLAT_TO = 0.95;

std::string inWords(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void check(std::size_t channels, double fromRate, double toRate) {
  if (channels < 1 || channels > MOST_CONVERTED_CHANNELS) throw Refused("expected 1 to 64 channels, got " + std::to_string(channels));
  for (const double rate : {fromRate, toRate})
    if (!(std::isfinite(rate) && rate >= 1.0)) throw Refused("a sample rate must be at least 1 Hz, got " + inWords(rate));
  const double ratio = toRate / fromRate;
  if (!(ratio >= 1.0 / STEEPEST_CONVERSION && ratio <= STEEPEST_CONVERSION)) throw Refused("the rates may differ by a factor of 256, got " + inWords(fromRate) + " Hz to " + inWords(toRate) + " Hz");
}

}  // namespace

std::int64_t convertedFrames(std::int64_t frames, double fromRate, double toRate) noexcept {
  return static_cast<std::int64_t>(std::floor(static_cast<double>(frames) * toRate / fromRate + 0.5));
}

void RateConverter::Close::operator()(soxr* state) const noexcept { soxr_delete(state); }

RateConverter::RateConverter(std::size_t channels, double fromRate, double toRate) : channels_(channels), fromRate_(fromRate), toRate_(toRate) {
  check(channels, fromRate, toRate);
  if (fromRate == toRate) return;
  const soxr_io_spec_t format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  quality.passband_end = FLAT_TO;
  const soxr_runtime_spec_t threads = soxr_runtime_spec(1);
  soxr_error_t fault = nullptr;
  state_.reset(soxr_create(fromRate, toRate, static_cast<unsigned>(channels), &fault, &format, &quality, &threads));
  if (!state_) throw std::bad_alloc();
}

/** soxr takes its own delay off the beginning, so its output is in time by itself. */
void RateConverter::convert(std::span<const float> input, std::int64_t mostFramesOut, std::vector<float>& out, const Control& control) {
  std::size_t taken = 0;
  for (bool more = true; more;) {
    control.checkpoint();
    const std::size_t frames = std::min(STEP_FRAMES, input.size() / channels_ - taken);
    const auto room = static_cast<std::size_t>(std::clamp<std::int64_t>(mostFramesOut - framesOut_, 0, STEP_FRAMES));
    if (room == 0) return;
    made_.resize(STEP_FRAMES * channels_);
    std::size_t used = 0, made = 0;
    // Never null: that would mean the end of the stream, where soxr makes fewer frames than it should.
    const float* const source = input.data() + taken * channels_;
    if (const soxr_error_t fault = soxr_process(state_.get(), source, frames, &used, made_.data(), room, &made); fault != nullptr) throw std::runtime_error(std::string("soxr: ") + fault);
    out.insert(out.end(), made_.begin(), made_.begin() + static_cast<std::ptrdiff_t>(made * channels_));
    framesOut_ += static_cast<std::int64_t>(made);
    taken += used;
    more = taken < input.size() / channels_ || made == room;
  }
}

void RateConverter::push(std::span<const float> input, std::vector<float>& out, const Control& control) {
  if (finished_) throw Refused("the stream has ended");
  if (input.size() % channels_ != 0) throw Refused("the samples are no whole number of frames");
  if (input.empty()) return;
  framesIn_ += static_cast<std::int64_t>(input.size() / channels_);
  clean_.resize(input.size());
  std::transform(input.begin(), input.end(), clean_.begin(), [](float value) { return std::fabs(value) <= LOUDEST ? value : 0.0F; });
  if (!state_) {
    out.insert(out.end(), clean_.begin(), clean_.end());
    framesOut_ = framesIn_;
    return;
  }
  convert(clean_, std::numeric_limits<std::int64_t>::max(), out, control);
}

void RateConverter::finish(std::vector<float>& out, const Control& control) {
  if (finished_) throw Refused("the stream has ended");
  finished_ = true;
  if (!state_) return;
  const std::int64_t all = convertedFrames(framesIn_, fromRate_, toRate_);
  clean_.assign(STEP_FRAMES * channels_, 0.0F);
  while (framesOut_ < all) convert(clean_, all, out, control);
}

std::vector<float> convertRate(std::span<const float> interleaved, std::size_t channels, double fromRate, double toRate, Control& control) {
  RateConverter converter(channels, fromRate, toRate);
  std::vector<float> out;
  const std::size_t frames = interleaved.size() / channels;
  out.reserve(static_cast<std::size_t>(convertedFrames(static_cast<std::int64_t>(frames), fromRate, toRate)) * channels);
  for (std::size_t at = 0; at < frames; at += STEP_FRAMES) {
    const std::size_t count = std::min(STEP_FRAMES, frames - at);
    converter.push(interleaved.subspan(at * channels, count * channels), out, control);
    control.progress(static_cast<double>(at + count) / static_cast<double>(frames));
  }
  converter.finish(out, control);
  return out;
}

}  // namespace grym::dsp
