#include "segment/segment_layout.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

namespace grym::segment {
namespace {

constexpr std::uint64_t kLineBytes = 64;

constexpr std::uint64_t roundUp(std::uint64_t value, std::uint64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

struct Region {
    const char* name;
    std::uint64_t offset;
    std::uint64_t bytes;
};

bool reject(SegmentProblem& problem, const std::string& message) {
    problem = {EPROTO, message};
    return false;
}

std::string mismatch(const char* field, std::uint64_t expected, std::uint64_t found) {
    return std::string("The segment's ") + field + " should be " + std::to_string(expected) + " but is " +
           std::to_string(found) + ".";
}

bool regionsAreSound(std::array<Region, 4> regions, std::uint64_t fileBytes, SegmentProblem& problem) {
    for (const Region& region : regions) {
        if (region.bytes == 0) continue;
        if (region.offset % kLineBytes != 0)
            return reject(problem, std::string("The segment's ") + region.name + " region is not aligned to 64 bytes.");
        if (region.offset < sizeof(Header) || region.offset > fileBytes || region.bytes > fileBytes - region.offset)
            return reject(problem, std::string("The segment's ") + region.name + " region lies outside the segment.");
    }
    std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) { return a.offset < b.offset; });
    std::uint64_t occupiedTo = 0; // sums below stay in range: each region was found to end inside the file
    for (const Region& region : regions) {
        if (region.bytes == 0) continue;
        if (region.offset < occupiedTo)
            return reject(problem, std::string("The segment's ") + region.name + " region overlaps another one.");
        occupiedTo = region.offset + region.bytes;
    }
    return true;
}

bool isBridgeIdCharacter(char character) {
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') || character == '-';
}

} // namespace

std::uint64_t captureRingFrames(double captureSeconds, double sampleRate) {
    if (!(captureSeconds > 0.0)) return 0;
    return static_cast<std::uint64_t>(std::ceil((captureSeconds + kCaptureGuardSeconds) * sampleRate));
}

Layout computeLayout(std::uint64_t captureFrames) {
    Layout layout;
    layout.captureFrames = captureFrames;
    layout.commandOffset = roundUp(sizeof(Header), kLineBytes);
    layout.eventOffset = layout.commandOffset + kCommandRecords * sizeof(Command);
    layout.transportOffset = layout.eventOffset + kEventRecords * sizeof(Event);
    const std::uint64_t ringsEnd = layout.transportOffset + kTransportRecords * sizeof(TransportRecord);
    layout.captureOffset = captureFrames == 0 ? 0 : roundUp(ringsEnd, kCaptureAlignment);
    layout.totalBytes = captureFrames == 0 ? ringsEnd : layout.captureOffset + captureFrames * kFrameBytes;
    return layout;
}

bool isSegmentName(std::string_view name) {
    constexpr std::string_view start = "/grym-";
    if (name.size() != start.size() + 32 || name.substr(0, start.size()) != start) return false;
    return std::all_of(name.begin() + start.size(), name.end(), [](char character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
    });
}

bool validateHeader(const Header& header, std::uint64_t fileBytes, Layout& layout, SegmentProblem& problem) {
    if (header.magic != kMagic) return reject(problem, "This is not an audio segment of grym-synth.");
    if (header.layoutVersion != kLayoutVersion)
        return reject(problem, mismatch("layout version", kLayoutVersion, header.layoutVersion) +
                                   " The bridge plugin and the daemon must be of the same version.");
    if (header.headerBytes != sizeof(Header))
        return reject(problem, mismatch("header size", sizeof(Header), header.headerBytes));
    if (header.totalBytes != fileBytes) return reject(problem, mismatch("size", fileBytes, header.totalBytes));
    if (header.channels != kChannels) return reject(problem, mismatch("channel count", kChannels, header.channels));
    if (header.transportRecords != kTransportRecords)
        return reject(problem, mismatch("count of transport records", kTransportRecords, header.transportRecords));
    if (header.commandRecords != kCommandRecords)
        return reject(problem, mismatch("count of command records", kCommandRecords, header.commandRecords));
    if (header.eventRecords != kEventRecords)
        return reject(problem, mismatch("count of event records", kEventRecords, header.eventRecords));
    if (!(header.sampleRate >= kMinimumSampleRate && header.sampleRate <= kMaximumSampleRate))
        return reject(problem, "The segment's sample rate is not between 8,000 and 768,000 Hz.");
    if (header.maximumBlock == 0 || header.maximumBlock > kMaximumBlockFrames)
        return reject(problem, "The segment's maximum block is not between 1 and 1,048,576 frames.");
    if (header.captureFrames > kMaximumCaptureFrames)
        return reject(problem, "The segment's capture ring is longer than 601 s at 768 kHz.");
    if (header.generation > kMaximumCounter) return reject(problem, "The segment's generation is out of range.");

    const char* const idEnd = std::find(std::begin(header.bridgeId), std::end(header.bridgeId), '\0');
    if (idEnd == std::end(header.bridgeId)) return reject(problem, "The segment's bridge id has no end.");
    if (!std::all_of(std::begin(header.bridgeId), idEnd, isBridgeIdCharacter))
        return reject(problem, "The segment's bridge id holds characters that no bridge id has.");

    const std::array<Region, 4> regions{{
        {"command", header.commandOffset, std::uint64_t{kCommandRecords} * sizeof(Command)},
        {"event", header.eventOffset, std::uint64_t{kEventRecords} * sizeof(Event)},
        {"transport", header.transportOffset, std::uint64_t{kTransportRecords} * sizeof(TransportRecord)},
        {"capture", header.captureOffset, header.captureFrames * kFrameBytes},
    }};
    if (!regionsAreSound(regions, fileBytes, problem)) return false;

    layout.totalBytes = header.totalBytes;
    layout.generation = header.generation;
    layout.sampleRate = header.sampleRate;
    layout.maximumBlock = header.maximumBlock;
    layout.pluginProcessId = header.pluginProcessId;
    layout.captureFrames = header.captureFrames;
    layout.captureOffset = header.captureOffset;
    layout.transportOffset = header.transportOffset;
    layout.commandOffset = header.commandOffset;
    layout.eventOffset = header.eventOffset;
    layout.bridgeId.assign(std::begin(header.bridgeId), idEnd);
    problem = {};
    return true;
}

} // namespace grym::segment
