// The daemon's end of the audio segment. Everything that comes out of shared memory is checked before it is believed:
// the plugin lives in a host that may crash, and another version or another program may have written what is there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "segment/audio_segment.hpp"
#include "segment/segment_layout.hpp"

namespace grym::segment {

namespace test {
struct SharedMapping; // ThreadSanitizer tells memory by its address: its test puts both ends onto one mapping
}

enum class ReadResult {
    ok,
    notYet,       // the writer has not come so far
    overwritten,  // the writer has come round, before or during the copy
    noCapture,    // this segment has no capture ring
    inconsistent, // the counters contradict each other or went backwards
    malformed,    // a record's fields are out of their ranges
};

/** What the ring holds whole at this moment: [begin, end). */
struct CounterRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

struct Peaks {
    float left = 0; // 0 … largest finite float
    float right = 0;
};

enum class OwnerState { alive, gone };

/**
 * One attached segment. Not thread-safe: one thread at a time.
 *
 * A file that was truncated under a mapping kills the reader with SIGBUS on the next access. `fileIsWhole()` asks the
 * kernel for the size; call it before a batch of reads. What remains is the moment between that question and the
 * reads, and holes punched while /dev/shm is full: open only to processes of the same user, which could as well send
 * the daemon a signal.
 */
class SegmentReader {
public:
    /** Null: `problem` says which field of the segment is wrong, or why it cannot be opened. Never throws for content. */
    static std::unique_ptr<SegmentReader> attach(const std::string& name, SegmentProblem& problem);
    ~SegmentReader();
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;

    const std::string& name() const { return name_; }
    const Layout& layout() const { return layout_; }

    /** False: the file is no longer as long as it was at attach; do not read from this segment any more. */
    bool fileIsWhole() const;
    /** Whether the plugin still holds its lock. */
    OwnerState ownerState() const;

    ReadResult captureRange(CounterRange& range);
    /** The frame counter, also where there is no capture. */
    ReadResult frameCounter(std::uint64_t& frames);
    /** Copies whole frames, interleaved stereo, and checks afterwards that none was overwritten meanwhile. */
    ReadResult readCapture(std::uint64_t startFrame, std::uint64_t frames, float* interleaved);

    ReadResult transportRange(CounterRange& range);
    /** Record number `index` in the order of writing. */
    ReadResult readTransport(std::uint64_t index, TransportRecord& record);
    /** The newest record. */
    ReadResult latestTransport(TransportRecord& record);

    /** False: the ring is full, or the plugin's index is impossible. */
    bool pushCommand(const Command& command);
    /** Commands that the plugin has not taken yet. */
    std::uint64_t queuedCommands() const;
    /** `ok`; `notYet` when there is none; `malformed`: one was taken and thrown away; `inconsistent`: resynchronised. */
    ReadResult popEvent(Event& event);

    /** Input peaks since the last call. */
    Peaks takePeaks();
    void heartbeat(std::uint64_t monotonicNanoseconds);
    /** CLOCK_MONOTONIC in nanoseconds, as the plugin claims it; 0 = never. */
    std::uint64_t pluginHeartbeat() const;
    std::uint64_t eventsDropped() const;
    std::uint64_t commandFaults() const;

private:
    friend struct test::SharedMapping;
    enum class Mapping { owned, borrowed };
    SegmentReader(std::string name, int descriptor, void* memory, Layout layout, Mapping mapping);
    ReadResult rangeOf(const Word& begin, const Word& end, std::uint64_t length, std::uint64_t& highest, CounterRange& range) const;

    std::string name_;
    int descriptor_;
    void* memory_;
    Mapping mapping_;
    Layout layout_;
    Header* header_;
    const Word* capture_;
    const Word* transport_;
    Word* commands_;
    const Word* events_;
    std::uint64_t highestCaptureEnd_ = 0;
    std::uint64_t highestTransportEnd_ = 0;
    std::uint64_t commandHead_ = 0;
    std::uint64_t eventTail_ = 0;
};

} // namespace grym::segment
