// What process() costs: 64 frames stereo, four slots sounding, against a bare loop of the same arithmetic.
//
// Both sum four clips onto the dry signal and copy the input into a capture ring of the same size, in turns of 1,000
// blocks in one run, so that caches, clock and neighbours are the same for both. The bar: at p50 at most 3 times the bare
// loop, or at most 1 µs above it. Exit 1 where it is missed. --json prints one object instead of the table.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "engine.hpp"
#include "segment/segment_writer.hpp"

namespace {

constexpr std::uint32_t kFrames = 64;
constexpr std::uint32_t kSlots = 4;
constexpr std::uint32_t kBlocksPerBatch = 1000;
constexpr int kBatches = 400;
constexpr double kSampleRate = 48000;
constexpr std::uint64_t kClipFrames = 192'000; // 2 bars at 120 bpm
constexpr double kClipQuarters = 8;

struct Buffers {
    alignas(64) float input[2][kFrames];
    alignas(64) float output[2][kFrames];
};

std::unique_ptr<grym::engine::Clip> makeClip(unsigned seed) {
    auto clip = std::make_unique<grym::engine::Clip>();
    for (std::uint64_t index = 0; index < kClipFrames; ++index) {
        clip->left.push_back(0.1f * static_cast<float>(std::sin(0.001 * seed * static_cast<double>(index))));
        clip->right.push_back(-clip->left.back());
    }
    clip->quarterNotes = kClipQuarters;
    clip->loop = true;
    return clip;
}

/** The arithmetic and nothing else. */
class BareLoop {
public:
    explicit BareLoop(std::uint64_t captureFrames) : capture_(captureFrames * 2) {
        for (unsigned slot = 0; slot < kSlots; ++slot) clips_.push_back(makeClip(slot + 1));
    }

    __attribute__((noinline)) void process(Buffers& buffers) {
        float* __restrict left = buffers.output[0];
        float* __restrict right = buffers.output[1];
        float* __restrict capture = capture_.data() + captureAt_ * 2;
        for (std::uint32_t frame = 0; frame < kFrames; ++frame) {
            capture[2 * frame] = buffers.input[0][frame];
            capture[2 * frame + 1] = buffers.input[1][frame];
        }
        std::memcpy(left, buffers.input[0], sizeof(buffers.input[0]));
        std::memcpy(right, buffers.input[1], sizeof(buffers.input[1]));
        for (const auto& clip : clips_) {
            const float* __restrict clipLeft = clip->left.data() + position_;
            const float* __restrict clipRight = clip->right.data() + position_;
            for (std::uint32_t frame = 0; frame < kFrames; ++frame) left[frame] += clipLeft[frame];
            for (std::uint32_t frame = 0; frame < kFrames; ++frame) right[frame] += clipRight[frame];
        }
        captureAt_ = captureAt_ + 2 * kFrames > capture_.size() / 2 ? 0 : captureAt_ + kFrames;
        position_ = position_ + kFrames >= kClipFrames ? 0 : position_ + kFrames;
    }

private:
    std::vector<float> capture_; // zeroed: its pages are touched
    std::vector<std::unique_ptr<grym::engine::Clip>> clips_;
    std::uint64_t captureAt_ = 0;
    std::uint64_t position_ = 0;
};

/** The engine as a host calls it: one transport point a block, playing, the segment attached. */
class EngineLoop {
public:
    explicit EngineLoop(grym::segment::SegmentWriter& writer) {
        engine_.prepare(kSampleRate, kFrames);
        engine_.postSegment(&writer);
        settings_.quantise = grym::engine::Quantise::none;
        for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
            engine_.postClip(slot, makeClip(slot + 1).release());
            launch_[slot] = {0, 3, {0x90, static_cast<std::uint8_t>(36 + slot), 100}};
        }
        point_.playing = point_.musicalPositionKnown = true;
        point_.tempoBpm = 120;
        point_.numerator = point_.denominator = 4;
        block_.points = &point_;
        block_.pointCount = 1;
        block_.midi = launch_;
        block_.frames = kFrames;
    }

    void process(Buffers& buffers) {
        const float* inputs[2] = {buffers.input[0], buffers.input[1]};
        float* outputs[2] = {buffers.output[0], buffers.output[1]};
        block_.inputs = inputs;
        block_.outputs = outputs;
        block_.midiCount = frame_ == 0 ? kSlots : 0;
        block_.monotonicNanoseconds = 1 + frame_ * 20833;
        point_.songFrame = static_cast<std::int64_t>(frame_);
        point_.songQuarters = static_cast<double>(frame_) / 24000;
        point_.barStartQuarters = std::floor(point_.songQuarters / 4) * 4;
        engine_.process(block_, settings_);
        frame_ += kFrames;
    }

    bool fourSlotsPlay() const {
        for (std::uint32_t slot = 0; slot < kSlots; ++slot)
            if (engine_.slotStatus(slot).state != grym::engine::SlotState::playing) return false;
        return true;
    }

private:
    grym::engine::Engine engine_;
    grym::engine::Settings settings_;
    grym::engine::ProcessBlock block_;
    grym::engine::TransportPoint point_;
    grym::engine::MidiMessage launch_[kSlots];
    std::uint64_t frame_ = 0;
};

template <typename Loop>
double nanosecondsPerBlock(Loop& loop, Buffers& buffers) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint32_t block = 0; block < kBlocksPerBatch; ++block) loop.process(buffers);
    const auto end = std::chrono::steady_clock::now();
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count()) / kBlocksPerBatch;
}

double percentile(std::vector<double>& values, double share) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

} // namespace

int main(int count, char** arguments) {
    const bool json = count > 1 && std::string_view(arguments[1]) == "--json";
    grym::segment::SegmentProblem problem;
    auto writer = grym::segment::SegmentWriter::create({"bench-audio", kSampleRate, kFrames, 120, 1}, problem);
    if (!writer || writer->captureFrames() == 0) {
        std::fprintf(stderr, "bench-audio: no segment with a capture: %s\n", problem.message.c_str());
        return 2;
    }
    auto buffers = std::make_unique<Buffers>();
    for (std::uint32_t frame = 0; frame < kFrames; ++frame)
        buffers->input[0][frame] = buffers->input[1][frame] = static_cast<float>(frame) / kFrames;
    auto bare = std::make_unique<BareLoop>(writer->captureFrames());
    auto engine = std::make_unique<EngineLoop>(*writer);
    for (int warm = 0; warm < 3; ++warm) (void)nanosecondsPerBlock(*bare, *buffers), (void)nanosecondsPerBlock(*engine, *buffers);

    std::vector<double> bareTimes, engineTimes;
    for (int batch = 0; batch < kBatches; ++batch) {
        bareTimes.push_back(nanosecondsPerBlock(*bare, *buffers));
        engineTimes.push_back(nanosecondsPerBlock(*engine, *buffers));
    }
    if (!engine->fourSlotsPlay()) {
        std::fprintf(stderr, "bench-audio: the four slots do not play\n");
        return 2;
    }
    const double bare50 = percentile(bareTimes, 0.50), bare99 = percentile(bareTimes, 0.99);
    const double engine50 = percentile(engineTimes, 0.50), engine99 = percentile(engineTimes, 0.99);
    const bool met = engine50 <= 3 * bare50 || engine50 - bare50 <= 1000;
    if (json) {
        std::printf("{\"frames\":%u,\"slots\":%u,\"blocksPerBatch\":%u,\"batches\":%d,\"captureFrames\":%llu,"
                    "\"bareNanoseconds\":{\"p50\":%.1f,\"p99\":%.1f},\"processNanoseconds\":{\"p50\":%.1f,\"p99\":%.1f},"
                    "\"ratioP50\":%.3f,\"ratioP99\":%.3f,\"aboveNanosecondsP50\":%.1f,\"met\":%s}\n",
                    kFrames, kSlots, kBlocksPerBatch, kBatches, static_cast<unsigned long long>(writer->captureFrames()), bare50,
                    bare99, engine50, engine99, engine50 / bare50, engine99 / bare99, engine50 - bare50, met ? "true" : "false");
    } else {
        std::printf("process(), %u frames stereo, %u slots sounding; nanoseconds per block over %d batches of %u blocks\n", kFrames,
                    kSlots, kBatches, kBlocksPerBatch);
        std::printf("              p50      p99\n");
        std::printf("bare loop %7.1f  %7.1f\n", bare50, bare99);
        std::printf("process() %7.1f  %7.1f\n", engine50, engine99);
        std::printf("ratio     %7.2f  %7.2f   %.0f ns above at p50\n", engine50 / bare50, engine99 / bare99, engine50 - bare50);
        std::printf("bar (at p50 at most 3 times, or at most 1 µs above): %s\n", met ? "met" : "MISSED");
    }
    return met ? 0 : 1;
}
