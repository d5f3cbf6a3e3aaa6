// Real-time: called by the audio thread. Nothing here allocates, locks, makes a system call or waits.
#include <algorithm>
#include <bit>

#include "segment/segment_records.hpp"
#include "segment/segment_writer.hpp"

namespace grym::segment {
namespace {

constexpr std::uint64_t kTransportWords = sizeof(TransportRecord) / sizeof(Word);
constexpr std::uint64_t kCommandWords = sizeof(Command) / sizeof(Word);
constexpr std::uint64_t kEventWords = sizeof(Event) / sizeof(Word);
static_assert(std::has_single_bit(kTransportRecords) && std::has_single_bit(kCommandRecords) &&
              std::has_single_bit(kEventRecords));

/** Lowest counter that is still whole once everything below `end` has been written into a ring of `length`. */
constexpr std::uint64_t oldestOf(std::uint64_t end, std::uint64_t length) { return end > length ? end - length : 0; }

void storeSpan(Word* ring, const float* left, const float* right, std::uint64_t frames) noexcept {
    for (std::uint64_t index = 0; index < frames; ++index) {
        const std::uint64_t low = std::bit_cast<std::uint32_t>(left[index]);
        const std::uint64_t high = std::bit_cast<std::uint32_t>(right[index]);
        ring[index].store(low | high << 32, std::memory_order_relaxed);
    }
}

/** One channel, at bit 0 (left) or 32 (right), beside silence; null: silence on both. */
void storeSingle(Word* ring, const float* channel, std::uint32_t shift, std::uint64_t frames) noexcept {
    for (std::uint64_t index = 0; index < frames; ++index) {
        const std::uint64_t bits = channel == nullptr ? 0 : std::bit_cast<std::uint32_t>(channel[index]);
        ring[index].store(bits << shift, std::memory_order_relaxed);
    }
}

/** Both channels, or the one that is there beside silence. */
void storeChannels(Word* ring, const float* left, const float* right, std::uint64_t offset, std::uint64_t frames) noexcept {
    if (left != nullptr && right != nullptr) storeSpan(ring, left + offset, right + offset, frames);
    else if (left != nullptr) storeSingle(ring, left + offset, 0, frames);
    else storeSingle(ring, right == nullptr ? nullptr : right + offset, 32, frames);
}

/**
 * Largest magnitude as the bits of a float. Magnitudes order like their bits, and integers have no NaN to spoil a
 * comparison, so this loop is vectorised; infinities and NaN come out as the largest finite float.
 */
std::uint32_t peakBitsOf(const float* channel, std::uint32_t frames) noexcept {
    if (channel == nullptr) return 0;
    std::int32_t peak = 0;
    for (std::uint32_t index = 0; index < frames; ++index)
        peak = std::max(peak, static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(channel[index]) & 0x7fff'ffffu));
    return static_cast<std::uint32_t>(std::min(peak, std::int32_t{0x7f7f'ffff}));
}

} // namespace

void SegmentWriter::writeCapture(const float* left, const float* right, std::uint32_t frames) noexcept {
    if (frames == 0) return;
    const std::uint64_t end = frameCounter_ + frames;
    if (captureLength_ == 0) {
        header_->captureBegin.store(end, std::memory_order_relaxed);
    } else {
        header_->captureBegin.store(oldestOf(end, captureLength_), std::memory_order_relaxed);
        // A reader that sees one of the words below also sees this begin (Boehm 2012, figure 6).
        std::atomic_thread_fence(std::memory_order_release);
        std::uint64_t offset = 0;
        std::uint64_t remaining = frames;
        if (remaining > captureLength_) { // of a block longer than the ring only the end has a place
            offset = remaining - captureLength_;
            remaining = captureLength_;
            captureIndex_ = (captureIndex_ + offset) % captureLength_;
        }
        const std::uint64_t first = std::min(remaining, captureLength_ - captureIndex_);
        storeChannels(capture_ + captureIndex_, left, right, offset, first);
        if (remaining > first) storeChannels(capture_, left, right, offset + first, remaining - first);
        captureIndex_ += remaining;
        if (captureIndex_ >= captureLength_) captureIndex_ -= captureLength_;
    }
    frameCounter_ = end;
    header_->captureEnd.store(end, std::memory_order_release);
    raisePeaks(peakBitsOf(left, frames), peakBitsOf(right, frames));
}

void SegmentWriter::raisePeaks(std::uint32_t leftBits, std::uint32_t rightBits) noexcept {
    // The daemon takes the peaks by an exchange with 0. Two attempts, so that a daemon gone mad cannot hold us here: a
    // lost race costs one block's peak on a meter.
    std::uint64_t seen = header_->peakBits.load(std::memory_order_relaxed);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const std::uint64_t low = std::max(leftBits, static_cast<std::uint32_t>(seen));
        const std::uint64_t high = std::max(rightBits, static_cast<std::uint32_t>(seen >> 32));
        const std::uint64_t raised = low | high << 32;
        if (raised == seen) return;
        if (header_->peakBits.compare_exchange_strong(seen, raised, std::memory_order_relaxed)) return;
    }
}

void SegmentWriter::writeTransport(const TransportRecord& record) noexcept {
    const std::uint64_t end = transportCounter_ + 1;
    header_->transportBegin.store(oldestOf(end, kTransportRecords), std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    storeRecord(transport_ + (transportCounter_ % kTransportRecords) * kTransportWords, record);
    transportCounter_ = end;
    header_->transportEnd.store(end, std::memory_order_release);
}

bool SegmentWriter::popCommand(Command& command) noexcept {
    const std::uint64_t head = header_->commandHead.load(std::memory_order_acquire);
    const std::uint64_t queued = head - commandTail_;
    if (queued == 0) return false;
    if (queued > kCommandRecords) { // also a head behind the tail: the subtraction wraps
        commandTail_ = head;
        header_->commandFaults.store(++commandFaults_, std::memory_order_relaxed);
        header_->commandTail.store(commandTail_, std::memory_order_release);
        return false;
    }
    loadRecord(commands_ + (commandTail_ % kCommandRecords) * kCommandWords, command);
    ++commandTail_;
    header_->commandTail.store(commandTail_, std::memory_order_release);
    return true;
}

bool SegmentWriter::pushEvent(const Event& event) noexcept {
    const std::uint64_t tail = header_->eventTail.load(std::memory_order_acquire);
    if (eventHead_ - tail >= kEventRecords) { // full, or a tail that cannot be: only the daemon may put that right
        header_->eventsDropped.store(++eventsDropped_, std::memory_order_relaxed);
        return false;
    }
    storeRecord(events_ + (eventHead_ % kEventRecords) * kEventWords, event);
    ++eventHead_;
    header_->eventHead.store(eventHead_, std::memory_order_release);
    return true;
}

void SegmentWriter::heartbeat(std::uint64_t monotonicNanoseconds) noexcept {
    header_->pluginHeartbeatNanoseconds.store(monotonicNanoseconds, std::memory_order_relaxed);
}

} // namespace grym::segment
