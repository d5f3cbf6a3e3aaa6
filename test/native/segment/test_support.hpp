// What the segment's tests share.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "segment/segment_reader.hpp"
#include "segment/segment_writer.hpp"

namespace grym::segment::test {

inline constexpr const char* kBridgeId = "0b4dd8b1-4b5a-4c1f-9f43-2f6f5a0c77aa";

/** SplitMix64: also a hash that turns a frame counter into that frame's 64 bits. */
constexpr std::uint64_t mix(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15ull;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
    return value ^ (value >> 31);
}

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() { return mix(state_++); }
    /** 0 … bound − 1. */
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }

private:
    std::uint64_t state_;
};

/** The prefix that keeps this process's segments apart from all others. */
inline std::string processPrefix() {
    char digits[32];
    std::snprintf(digits, sizeof digits, "7e57%08x", static_cast<unsigned>(getpid()));
    return digits;
}

/** The segments of a studio that runs beside the test are never touched. */
inline void useOwnNames() { setenv("GRYM_SHM_PREFIX", processPrefix().c_str(), 1); }

inline SegmentParameters parameters(double captureSeconds, double sampleRate = 8'000.0) {
    return {kBridgeId, sampleRate, 4096, captureSeconds, 1};
}

/** Ends the test program where there is no shared memory: nothing else could be tested. */
inline std::unique_ptr<SegmentWriter> makeWriter(double captureSeconds, double sampleRate = 8'000.0) {
    SegmentProblem problem;
    auto writer = SegmentWriter::create(parameters(captureSeconds, sampleRate), problem);
    if (!writer || problem.errorNumber != 0) {
        std::fprintf(stderr, "no segment: %s\n", problem.message.c_str());
        std::exit(2);
    }
    return writer;
}

inline std::unique_ptr<SegmentReader> attachTo(const SegmentWriter& writer) {
    SegmentProblem problem;
    auto reader = SegmentReader::attach(writer.name(), problem);
    if (!reader) {
        std::fprintf(stderr, "cannot attach: %s\n", problem.message.c_str());
        std::exit(2);
    }
    return reader;
}

/** A block whose frame n holds mix(n): any bit pattern, also those of NaN and infinity. */
struct CountedBlock {
    std::vector<float> left;
    std::vector<float> right;

    void fill(std::uint64_t firstFrame, std::uint64_t frames) {
        left.resize(frames);
        right.resize(frames);
        for (std::uint64_t index = 0; index < frames; ++index) {
            const std::uint64_t bits = mix(firstFrame + index);
            left[index] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
            right[index] = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32));
        }
    }
};

/** Number of frames in `interleaved` that are not mix(firstFrame + n). */
inline std::uint64_t countWrongFrames(const float* interleaved, std::uint64_t firstFrame, std::uint64_t frames) {
    std::uint64_t wrong = 0;
    for (std::uint64_t index = 0; index < frames; ++index) {
        const std::uint64_t low = std::bit_cast<std::uint32_t>(interleaved[2 * index]);
        const std::uint64_t high = std::bit_cast<std::uint32_t>(interleaved[2 * index + 1]);
        if ((low | high << 32) != mix(firstFrame + index)) ++wrong;
    }
    return wrong;
}

inline void writeCounted(SegmentWriter& writer, std::uint64_t frames) {
    CountedBlock block;
    block.fill(writer.frameCounter(), frames);
    writer.writeCapture(block.left.data(), block.right.data(), static_cast<std::uint32_t>(frames));
}

} // namespace grym::segment::test
