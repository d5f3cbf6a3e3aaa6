// A segment's file in /dev/shm, before anything in it is believed: read by pread, which a truncated file cannot turn
// into a SIGBUS.
#pragma once

#include <cstdint>
#include <string>

#include "segment/audio_segment.hpp"
#include "segment/segment_layout.hpp"

namespace grym::segment {

class SegmentFile {
public:
    /** Only a regular file of this user that nobody else may open. False: `problem` says what is wrong with it. */
    static SegmentFile open(const std::string& name, SegmentProblem& problem);
    SegmentFile() = default;
    SegmentFile(SegmentFile&& other) noexcept;
    SegmentFile& operator=(SegmentFile&& other) noexcept;
    ~SegmentFile();

    explicit operator bool() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    /** Gives the descriptor away. */
    int release();
    /** Size at the time of opening. */
    std::uint64_t bytes() const { return bytes_; }

    /** False where the file is shorter than that. */
    bool readAt(std::uint64_t offset, void* target, std::uint64_t count) const;
    bool readHeader(Header& header, SegmentProblem& problem) const;

private:
    SegmentFile(int descriptor, std::uint64_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
    int descriptor_ = -1;
    std::uint64_t bytes_ = 0;
};

} // namespace grym::segment
