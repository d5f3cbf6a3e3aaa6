#include "session/resampler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <samplerate.h>

#include "session/growing.hpp"

namespace grym::bridge {
namespace {

// Longer than half the converter's filter, at any ratio that is in use.
constexpr std::int64_t kMarginFrames = 1024;
constexpr std::int64_t kLeadChoices = 131'072;
constexpr long kStepFrames = 16'384;
constexpr std::int64_t kMaximumFrames = std::int64_t{1} << 29;

/** Frames before the clip's first that the converter starts with, and how many they become. */
struct Lead {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

/**
 * A lead-in that becomes a whole number of frames, so that nothing moves by a fraction of a frame. Where no short one does,
 * the nearest: then the clip moves as a whole by less than 1/128 of a frame.
 */
Lead chooseLead(std::int64_t fromFrames, std::int64_t toFrames) {
    Lead best;
    std::int64_t bestOff = fromFrames;
    for (std::int64_t in = kMarginFrames; in < kMarginFrames + kLeadChoices && bestOff > 0; ++in) {
        const std::int64_t rest = in % fromFrames * toFrames % fromFrames;
        const std::int64_t off = std::min(rest, fromFrames - rest);
        if (off >= bestOff)
            continue;
        bestOff = off;
        best = {in, in / fromFrames * toFrames + (in % fromFrames * toFrames + fromFrames / 2) / fromFrames};
    }
    return best;
}

/** Left and right in turn, with the lead-in before and as much after it. False: cancelled. */
bool interleave(const WavAudio& audio, std::int64_t lead, bool loop, const std::atomic<bool>& cancelled, std::vector<float>& mixed) {
    const auto frames = static_cast<std::int64_t>(audio.left.size());
    if (!growTo(mixed, static_cast<std::size_t>(2 * (frames + 2 * lead)), cancelled))
        return false;
    std::int64_t source = loop ? (frames - lead % frames) % frames : -lead;
    for (std::int64_t frame = 0; frame < frames + 2 * lead; ++frame) {
        if (frame % kStepFrames == 0 && cancelled)
            return false;
        if (source >= 0 && source < frames) {
            mixed[static_cast<std::size_t>(2 * frame)] = audio.left[static_cast<std::size_t>(source)];
            mixed[static_cast<std::size_t>(2 * frame + 1)] = audio.right[static_cast<std::size_t>(source)];
        }
        ++source;
        if (loop && source == frames)
            source = 0;
    }
    return true;
}

/** Frames made; less than there is room for where it was cancelled or failed. In steps, so that it can be cancelled. */
std::int64_t convert(const std::vector<float>& input, std::vector<float>& output, double ratio, const std::atomic<bool>& cancelled,
    std::string& problem) {
    int error = 0;
    // 121 dB of distance and 90 % of the band, in a third of the best converter's time: a clip is awaited on the next bar.
    const std::unique_ptr<SRC_STATE, decltype(&src_delete)> converter(src_new(SRC_SINC_MEDIUM_QUALITY, 2, &error), &src_delete);
    SRC_DATA step{};
    step.src_ratio = ratio;
    const auto inputFrames = static_cast<long>(input.size() / 2);
    const auto outputFrames = static_cast<long>(output.size() / 2);
    long consumed = 0;
    long made = 0;
    while (converter && error == 0 && !cancelled && made < outputFrames) {
        step.data_in = input.data() + 2 * consumed;
        step.input_frames = std::min(kStepFrames, inputFrames - consumed);
        step.end_of_input = consumed + step.input_frames == inputFrames ? 1 : 0;
        step.data_out = output.data() + 2 * made;
        step.output_frames = outputFrames - made;
        error = src_process(converter.get(), &step);
        consumed += step.input_frames_used;
        made += step.output_frames_gen;
        if (step.end_of_input == 1 && step.output_frames_gen == 0)
            break;
    }
    if (error != 0)
        problem = std::string("The clip could not be converted to the host's sample rate: ") + src_strerror(error) + ".";
    return made;
}

} // namespace

bool resample(WavAudio& audio, double sampleRate, bool loop, const std::atomic<bool>& cancelled, std::string& problem) {
    if (audio.sampleRate == sampleRate)
        return true;
    const auto fromFrames = static_cast<std::int64_t>(audio.left.size());
    const auto toFrames = std::llround(static_cast<double>(fromFrames) * sampleRate / audio.sampleRate);
    if (toFrames < 1 || fromFrames + toFrames > kMaximumFrames) {
        problem = "The clip's length of " + std::to_string(fromFrames) + " frames cannot be converted to the host's rate.";
        return false;
    }
    const Lead lead = chooseLead(fromFrames, toFrames);
    std::vector<float> input;
    std::vector<float> output;
    if (!interleave(audio, lead.in, loop, cancelled, input))
        return false;
    std::vector<float>().swap(audio.left);
    std::vector<float>().swap(audio.right);
    if (!growTo(output, static_cast<std::size_t>(2 * (toFrames + 2 * lead.out + 64)), cancelled))
        return false;
    const double ratio = static_cast<double>(toFrames) / static_cast<double>(fromFrames);
    const std::int64_t made = convert(input, output, ratio, cancelled, problem);
    if (made < lead.out + toFrames) {
        if (problem.empty())
            problem = "The clip could not be converted to the host's sample rate: the converter stopped early.";
        return false;
    }
    audio.sampleRate = sampleRate;
    std::vector<float>().swap(input);
    if (!growTo(audio.left, static_cast<std::size_t>(toFrames), cancelled) || !growTo(audio.right, static_cast<std::size_t>(toFrames), cancelled))
        return false;
    for (std::int64_t frame = 0; frame < toFrames; ++frame) {
        if (frame % kStepFrames == 0 && cancelled)
            return false;
        audio.left[static_cast<std::size_t>(frame)] = output[static_cast<std::size_t>(2 * (lead.out + frame))];
        audio.right[static_cast<std::size_t>(frame)] = output[static_cast<std::size_t>(2 * (lead.out + frame) + 1)];
    }
    return true;
}

} // namespace grym::bridge
