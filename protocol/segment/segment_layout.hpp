// Where the regions of a segment lie, and what a header must say before anybody believes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "segment/audio_segment.hpp"

namespace grym::segment {

inline constexpr double kMinimumSampleRate = 8'000.0;
inline constexpr double kMaximumSampleRate = 768'000.0;
inline constexpr std::uint32_t kMaximumBlockFrames = 1'048'576;
inline constexpr double kMaximumCaptureSeconds = 600.0;
inline constexpr double kCaptureGuardSeconds = 1.0;
inline constexpr std::uint64_t kCaptureAlignment = 4096;
/** Counters that come from the other process never exceed 2^53 - 1, so that JavaScript holds them exactly. */
inline constexpr std::uint64_t kMaximumCounter = (std::uint64_t{1} << 53) - 1;

/** `errorNumber` is an errno value, 0 where all is well; `message` is one sentence for the user. */
struct SegmentProblem {
    int errorNumber = 0;
    std::string message;
};

/** Private copy of a segment's layout: once made, nobody reads these fields from shared memory again. */
struct Layout {
    std::uint64_t totalBytes = 0;
    std::uint64_t generation = 0;
    double sampleRate = 0;
    std::uint32_t maximumBlock = 0;
    std::uint32_t pluginProcessId = 0;
    std::uint64_t captureFrames = 0;
    std::uint64_t captureOffset = 0;
    std::uint64_t transportOffset = 0;
    std::uint64_t commandOffset = 0;
    std::uint64_t eventOffset = 0;
    std::string bridgeId;
};

/** Length of the capture ring for so many seconds: guard included, 0 for 0 s. */
std::uint64_t captureRingFrames(double captureSeconds, double sampleRate);

/** The offsets and the size of a segment with a capture ring of `captureFrames`. */
Layout computeLayout(std::uint64_t captureFrames);

/** `/grym-` and 32 lower-case hexadecimal digits. */
bool isSegmentName(std::string_view name);

/**
 * Checks every field of a header that was copied out of a file of `fileBytes` bytes. True: `layout` is safe to use,
 * every region lies inside the file, aligned, and none overlaps another. False: `problem` names the field.
 */
bool validateHeader(const Header& header, std::uint64_t fileBytes, Layout& layout, SegmentProblem& problem);

} // namespace grym::segment
