#include "segment/segment_reader.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cfloat>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "segment/segment_file.hpp"
#include "segment/segment_records.hpp"

namespace grym::segment {
namespace {

constexpr std::uint64_t kTransportWords = sizeof(TransportRecord) / sizeof(Word);
constexpr std::uint64_t kCommandWords = sizeof(Command) / sizeof(Word);
constexpr std::uint64_t kEventWords = sizeof(Event) / sizeof(Word);
/** A counter pair that is read while the writer laps the ring is read again, so many times. */
constexpr int kRangeAttempts = 4;

float peakOf(std::uint64_t bits) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return value >= 0.0f ? std::min(value, FLT_MAX) : 0.0f; // negative and NaN: nobody measured that
}

} // namespace

std::unique_ptr<SegmentReader> SegmentReader::attach(const std::string& name, SegmentProblem& problem) {
    SegmentFile file = SegmentFile::open(name, problem);
    if (!file) return nullptr;
    Header header{};
    Layout layout;
    if (!file.readHeader(header, problem) || !validateHeader(header, file.bytes(), layout, problem)) return nullptr;
    void* const memory = mmap(nullptr, layout.totalBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
    if (memory == MAP_FAILED) {
        problem = {errno, std::string("The segment cannot be mapped: ") + std::strerror(errno) + "."};
        return nullptr;
    }
    return std::unique_ptr<SegmentReader>(new SegmentReader(name, file.release(), memory, std::move(layout), Mapping::owned));
}

SegmentReader::SegmentReader(std::string name, int descriptor, void* memory, Layout layout, Mapping mapping)
    : name_(std::move(name)), descriptor_(descriptor), memory_(memory), mapping_(mapping), layout_(std::move(layout)),
      header_(static_cast<Header*>(memory)) {
    auto* const start = static_cast<unsigned char*>(memory_);
    capture_ = reinterpret_cast<const Word*>(start + layout_.captureOffset);
    transport_ = reinterpret_cast<const Word*>(start + layout_.transportOffset);
    commands_ = reinterpret_cast<Word*>(start + layout_.commandOffset);
    events_ = reinterpret_cast<const Word*>(start + layout_.eventOffset);

    // An earlier daemon may have left commands in the ring; they stay, unless its index is impossible.
    const std::uint64_t tail = header_->commandTail.load(std::memory_order_acquire);
    commandHead_ = header_->commandHead.load(std::memory_order_acquire);
    if (commandHead_ - tail > kCommandRecords) {
        commandHead_ = tail;
        header_->commandHead.store(commandHead_, std::memory_order_release);
    }
    const std::uint64_t head = header_->eventHead.load(std::memory_order_acquire);
    eventTail_ = header_->eventTail.load(std::memory_order_acquire);
    if (head - eventTail_ > kEventRecords) {
        eventTail_ = head;
        header_->eventTail.store(eventTail_, std::memory_order_release);
    }
}

SegmentReader::~SegmentReader() {
    if (mapping_ == Mapping::owned) munmap(memory_, layout_.totalBytes);
    close(descriptor_);
}

bool SegmentReader::fileIsWhole() const {
    struct stat facts {};
    return fstat(descriptor_, &facts) == 0 && facts.st_size >= 0 &&
           static_cast<std::uint64_t>(facts.st_size) == layout_.totalBytes;
}

OwnerState SegmentReader::ownerState() const {
    if (flock(descriptor_, LOCK_SH | LOCK_NB) != 0) return OwnerState::alive;
    flock(descriptor_, LOCK_UN);
    return OwnerState::gone;
}

ReadResult SegmentReader::rangeOf(const Word& begin, const Word& end, std::uint64_t length, std::uint64_t& highest,
                                  CounterRange& range) const {
    for (int attempt = 0; attempt < kRangeAttempts; ++attempt) {
        range.end = end.load(std::memory_order_acquire);
        range.begin = begin.load(std::memory_order_relaxed);
        if (range.end > kMaximumCounter || range.end < highest) return ReadResult::inconsistent;
        if (range.begin <= range.end && range.end - range.begin <= length) {
            highest = range.end;
            return ReadResult::ok;
        }
    }
    return ReadResult::inconsistent;
}

ReadResult SegmentReader::captureRange(CounterRange& range) {
    if (layout_.captureFrames == 0) return ReadResult::noCapture;
    return rangeOf(header_->captureBegin, header_->captureEnd, layout_.captureFrames, highestCaptureEnd_, range);
}

ReadResult SegmentReader::frameCounter(std::uint64_t& frames) {
    frames = header_->captureEnd.load(std::memory_order_acquire);
    if (frames > kMaximumCounter || frames < highestCaptureEnd_) return ReadResult::inconsistent;
    highestCaptureEnd_ = frames;
    return ReadResult::ok;
}

ReadResult SegmentReader::readCapture(std::uint64_t startFrame, std::uint64_t frames, float* interleaved) {
    CounterRange range;
    if (const ReadResult result = captureRange(range); result != ReadResult::ok) return result;
    if (startFrame > range.end || frames > range.end - startFrame)
        return frames > layout_.captureFrames ? ReadResult::overwritten : ReadResult::notYet;
    if (startFrame < range.begin) return ReadResult::overwritten;

    std::uint64_t index = startFrame % layout_.captureFrames;
    for (std::uint64_t copied = 0; copied < frames;) { // at most two spans: frames <= captureFrames by the range
        const std::uint64_t span = std::min(frames - copied, layout_.captureFrames - index);
        for (std::uint64_t frame = 0; frame < span; ++frame) {
            const std::uint64_t word = capture_[index + frame].load(std::memory_order_relaxed);
            interleaved[2 * (copied + frame)] = std::bit_cast<float>(static_cast<std::uint32_t>(word));
            interleaved[2 * (copied + frame) + 1] = std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32));
        }
        copied += span;
        index = 0;
    }
    // Had a word above been written after the range was read, this load would see the begin published before it.
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t beginAfter = header_->captureBegin.load(std::memory_order_relaxed);
    return startFrame < beginAfter ? ReadResult::overwritten : ReadResult::ok;
}

ReadResult SegmentReader::transportRange(CounterRange& range) {
    return rangeOf(header_->transportBegin, header_->transportEnd, kTransportRecords, highestTransportEnd_, range);
}

ReadResult SegmentReader::readTransport(std::uint64_t index, TransportRecord& record) {
    CounterRange range;
    if (const ReadResult result = transportRange(range); result != ReadResult::ok) return result;
    if (index >= range.end) return ReadResult::notYet;
    if (index < range.begin) return ReadResult::overwritten;
    loadRecord(transport_ + (index % kTransportRecords) * kTransportWords, record);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (index < header_->transportBegin.load(std::memory_order_relaxed)) return ReadResult::overwritten;
    return isWellFormed(record) ? ReadResult::ok : ReadResult::malformed;
}

ReadResult SegmentReader::latestTransport(TransportRecord& record) {
    CounterRange range;
    if (const ReadResult result = transportRange(range); result != ReadResult::ok) return result;
    return range.end == 0 ? ReadResult::notYet : readTransport(range.end - 1, record);
}

bool SegmentReader::pushCommand(const Command& command) {
    if (queuedCommands() >= kCommandRecords) return false;
    storeRecord(commands_ + (commandHead_ % kCommandRecords) * kCommandWords, command);
    ++commandHead_;
    header_->commandHead.store(commandHead_, std::memory_order_release);
    return true;
}

std::uint64_t SegmentReader::queuedCommands() const {
    return commandHead_ - header_->commandTail.load(std::memory_order_acquire);
}

ReadResult SegmentReader::popEvent(Event& event) {
    const std::uint64_t head = header_->eventHead.load(std::memory_order_acquire);
    const std::uint64_t queued = head - eventTail_;
    if (queued == 0) return ReadResult::notYet;
    if (queued > kEventRecords) {
        eventTail_ = head;
        header_->eventTail.store(eventTail_, std::memory_order_release);
        return ReadResult::inconsistent;
    }
    loadRecord(events_ + (eventTail_ % kEventRecords) * kEventWords, event);
    ++eventTail_;
    header_->eventTail.store(eventTail_, std::memory_order_release);
    return isWellFormed(event) ? ReadResult::ok : ReadResult::malformed;
}

Peaks SegmentReader::takePeaks() {
    const std::uint64_t bits = header_->peakBits.exchange(0, std::memory_order_relaxed);
    return {peakOf(bits), peakOf(bits >> 32)};
}

void SegmentReader::heartbeat(std::uint64_t monotonicNanoseconds) {
    header_->daemonHeartbeatNanoseconds.store(monotonicNanoseconds, std::memory_order_relaxed);
}

std::uint64_t SegmentReader::pluginHeartbeat() const {
    return header_->pluginHeartbeatNanoseconds.load(std::memory_order_relaxed);
}
std::uint64_t SegmentReader::eventsDropped() const {
    return std::min(header_->eventsDropped.load(std::memory_order_relaxed), kMaximumCounter);
}
std::uint64_t SegmentReader::commandFaults() const {
    return std::min(header_->commandFaults.load(std::memory_order_relaxed), kMaximumCounter);
}

} // namespace grym::segment
