// The plugin's end of the audio segment. The plugin owns the shared memory: a daemon that dies takes nothing with it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "segment/audio_segment.hpp"
#include "segment/segment_layout.hpp"

namespace grym::segment {

namespace test {
struct SharedMapping;
}

struct SegmentParameters {
    std::string bridgeId;          // at most 39 of [0-9a-z-]
    double sampleRate = 0;         // 8,000 … 768,000 Hz
    std::uint32_t maximumBlock = 0; // 1 … 1,048,576 frames
    double captureSeconds = 120;   // 0 … 600; 0 = no capture. The ring is one second (the guard) longer
    std::uint64_t generation = 0;  // a later segment of the same bridge has a higher one
};

class SegmentWriter {
public:
    /**
     * Not real-time. Creates `/grym-<32 hex>` (the first digits are $GRYM_SHM_PREFIX where that is set), 0600, allocated
     * in full, pages touched, locked by flock until destruction or death.
     *
     * Where the wanted capture does not fit, 15 s are tried, then none; `problem` then says so. Null: not even the rings
     * fit, or a parameter is out of range; `problem` says which. All well: `problem.errorNumber` is 0. Setting `cancelled`
     * ends it within a few milliseconds: null, with ECANCELED.
     */
    static std::unique_ptr<SegmentWriter> create(const SegmentParameters& parameters, SegmentProblem& problem,
                                                 const std::atomic<bool>* cancelled = nullptr);
    /** Unlinks and unmaps. Not real-time; the audio thread must have let go of it. */
    ~SegmentWriter();
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;

    const std::string& name() const { return name_; }
    std::uint64_t bytes() const { return layout_.totalBytes; }
    std::uint64_t generation() const { return layout_.generation; }
    /** Length of the capture ring, guard included; 0 = no capture. */
    std::uint64_t captureFrames() const { return layout_.captureFrames; }

    // Real-time, audio thread only, wait-free.

    /** Frames captured so far; counted also where there is no capture. */
    std::uint64_t frameCounter() const noexcept { return frameCounter_; }
    /** Appends a block, advances the frame counter, moves the peaks. A null channel is silence. */
    void writeCapture(const float* left, const float* right, std::uint32_t frames) noexcept;
    void writeTransport(const TransportRecord& record) noexcept;
    /**
     * Takes the oldest command. Only the indices are checked here, the fields are the caller's to check (isWellFormed).
     * An impossible head drops what is queued, resynchronises and counts a command fault.
     */
    bool popCommand(Command& command) noexcept;
    /** False: the ring is full (or the daemon's index is impossible); the event is dropped and counted. */
    bool pushEvent(const Event& event) noexcept;
    void heartbeat(std::uint64_t monotonicNanoseconds) noexcept;

private:
    friend struct test::SharedMapping;
    SegmentWriter(std::string name, int descriptor, void* memory, Layout layout);
    void raisePeaks(std::uint32_t leftBits, std::uint32_t rightBits) noexcept;

    // Private copies: nothing that the audio thread uses as an address or a length is read from shared memory.
    Header* header_;
    Word* capture_;
    Word* transport_;
    Word* commands_;
    Word* events_;
    std::uint64_t captureLength_;
    std::uint64_t captureIndex_ = 0; // frameCounter_ modulo captureLength_
    std::uint64_t frameCounter_ = 0;
    std::uint64_t transportCounter_ = 0;
    std::uint64_t commandTail_ = 0;
    std::uint64_t eventHead_ = 0;
    std::uint64_t eventsDropped_ = 0;
    std::uint64_t commandFaults_ = 0;

    Layout layout_;
    std::string name_;
    int descriptor_;
    void* memory_;
};

} // namespace grym::segment
