#include "audio_engine.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <pthread.h>
#include <utility>

#include "segment/segment_records.hpp"

namespace grym::audio_path {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(20);
/** The owner's lock is asked for once a second: it costs two system calls. */
constexpr std::uint64_t kPollsPerOwnerCheck = 50;
/** A plugin gone mad may push as fast as this loop pops. */
constexpr std::uint64_t kEventsPerPoll = 2 * segment::kEventRecords;
/** What a JavaScript thread that is busy for seconds finds at most. */
constexpr std::size_t kWaitingEvents = 16'384;

std::uint64_t monotonicNanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

AudioEngine::AudioEngine(std::function<bool()> announce) : announce_(std::move(announce)) {
    // The thread inherits a full mask: signals are for the main thread, where Node waits for them.
    sigset_t everything;
    sigset_t before;
    sigfillset(&everything);
    pthread_sigmask(SIG_SETMASK, &everything, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), "grym-audio-path");
}

AudioEngine::~AudioEngine() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    thread_.join();
}

AttachmentId AudioEngine::attach(const std::string& name, segment::Layout& layout, segment::SegmentProblem& problem) {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, attachment] : attachments_) {
        if (attachment.reader->name() == name) { // two ends would both write the command ring
            problem = {EBUSY, "The segment " + name + " is attached already."};
            return 0;
        }
    }
    Attachment attachment;
    attachment.reader = segment::SegmentReader::attach(name, problem);
    if (!attachment.reader) return 0;
    layout = attachment.reader->layout();
    const AttachmentId id = nextId_++;
    const auto [place, inserted] = attachments_.emplace(id, std::move(attachment));
    poll(id, place->second); // the daemon's heartbeat is there at once
    return id;
}

void AudioEngine::detach(AttachmentId attachment) {
    const std::lock_guard lock(mutex_);
    attachments_.erase(attachment);
    std::erase_if(events_, [attachment](const AttachedEvent& waiting) { return waiting.attachment == attachment; });
}

PushResult AudioEngine::pushCommand(AttachmentId id, const segment::Command& command) {
    if (!segment::isWellFormed(command)) return PushResult::malformed;
    const std::lock_guard lock(mutex_);
    const auto place = attachments_.find(id);
    if (place == attachments_.end() || !refresh(place->second)) return PushResult::unusable;
    return place->second.reader->pushCommand(command) ? PushResult::queued : PushResult::full;
}

bool AudioEngine::status(AttachmentId id, SegmentStatus& status) {
    const std::lock_guard lock(mutex_);
    const auto place = attachments_.find(id);
    if (place == attachments_.end()) return false;
    refresh(place->second);
    status = place->second.status;
    place->second.status.peaks = {};
    return true;
}

segment::ReadResult AudioEngine::readCapture(AttachmentId id, std::uint64_t startFrame, std::uint64_t frames,
                                             float* interleaved) {
    const std::lock_guard lock(mutex_);
    const auto place = attachments_.find(id);
    if (place == attachments_.end() || !refresh(place->second)) return segment::ReadResult::inconsistent;
    return place->second.reader->readCapture(startFrame, frames, interleaved);
}

std::vector<AttachedEvent> AudioEngine::takeEvents() {
    const std::lock_guard lock(mutex_);
    announced_ = false;
    std::vector<AttachedEvent> taken(events_.begin(), events_.end());
    events_.clear();
    return taken;
}

void AudioEngine::run() {
    std::unique_lock lock(mutex_);
    auto next = std::chrono::steady_clock::now() + kPollInterval;
    while (!stopped_.wait_until(lock, next, [this] { return stopping_; })) {
        for (auto& [id, attachment] : attachments_) poll(id, attachment);
        // `announce` only queues a call; it never calls back into this object from here.
        if (!events_.empty() && !announced_) announced_ = announce_();
        next = std::max(next + kPollInterval, std::chrono::steady_clock::now() + kPollInterval / 2);
    }
}

void AudioEngine::poll(AttachmentId id, Attachment& attachment) {
    if (!refresh(attachment)) return;
    attachment.reader->heartbeat(attachment.status.nowNanoseconds);
    drainEvents(id, attachment);
    if (attachment.polls++ % kPollsPerOwnerCheck != 0) return;
    if (attachment.reader->ownerState() == segment::OwnerState::gone) {
        attachment.status.state = SegmentState::ownerGone;
        attachment.status.problem = "The plugin that owns the segment has ended.";
    }
}

/** Brings the status up to date. False: the segment must not be touched. */
bool AudioEngine::refresh(Attachment& attachment) {
    segment::SegmentReader& reader = *attachment.reader;
    SegmentStatus& status = attachment.status;
    status.nowNanoseconds = monotonicNanoseconds();
    if (status.state == SegmentState::broken) return false;
    if (!reader.fileIsWhole()) {
        status.state = SegmentState::broken;
        status.problem = "The segment's file was shortened while it was attached.";
        return false;
    }
    std::uint64_t frames = 0;
    if (reader.frameCounter(frames) == segment::ReadResult::ok) status.frames = frames;
    else ++status.inconsistencies;
    segment::CounterRange range;
    if (reader.captureRange(range) == segment::ReadResult::ok) status.capture = range;

    refreshTransport(attachment);
    const segment::Peaks peaks = reader.takePeaks();
    status.peaks.left = std::max(status.peaks.left, peaks.left);
    status.peaks.right = std::max(status.peaks.right, peaks.right);
    status.pluginHeartbeatNanoseconds = reader.pluginHeartbeat();
    status.eventsDropped = reader.eventsDropped();
    status.commandFaults = reader.commandFaults();
    status.queuedCommands = std::min<std::uint64_t>(reader.queuedCommands(), segment::kCommandRecords);
    return true;
}

void AudioEngine::refreshTransport(Attachment& attachment) {
    SegmentStatus& status = attachment.status;
    segment::CounterRange range;
    if (attachment.reader->transportRange(range) != segment::ReadResult::ok) {
        ++status.inconsistencies;
        return;
    }
    if (range.end == attachment.transportRecords) return; // so that a bad record counts once
    segment::TransportRecord record{};
    switch (attachment.reader->readTransport(range.end - 1, record)) {
    case segment::ReadResult::ok:
        status.transport = record;
        status.transportKnown = true;
        break;
    case segment::ReadResult::malformed: ++status.malformedRecords; break;
    case segment::ReadResult::overwritten: return; // the writer lapped the ring meanwhile: the next poll has a newer one
    default: ++status.inconsistencies;
    }
    attachment.transportRecords = range.end;
}

void AudioEngine::drainEvents(AttachmentId id, Attachment& attachment) {
    for (std::uint64_t count = 0; count < kEventsPerPoll; ++count) {
        segment::Event event{};
        switch (attachment.reader->popEvent(event)) {
        case segment::ReadResult::ok: keepEvent(id, event); break;
        case segment::ReadResult::malformed: ++attachment.status.malformedRecords; break;
        case segment::ReadResult::inconsistent: ++attachment.status.inconsistencies; return;
        default: return;
        }
    }
}

void AudioEngine::keepEvent(AttachmentId id, const segment::Event& event) {
    if (events_.size() == kWaitingEvents) {
        const auto loser = attachments_.find(events_.front().attachment);
        if (loser != attachments_.end()) ++loser->second.status.eventsLost;
        events_.pop_front();
    }
    events_.push_back({id, event});
}

} // namespace grym::audio_path
