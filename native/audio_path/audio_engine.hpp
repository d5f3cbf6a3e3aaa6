// The engine thread: looks at every attached segment each 20 ms, so that the plugin never has to wake anybody and
// JavaScript never stands in the audio path. Knows nothing of Node.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "segment/segment_reader.hpp"

namespace grym::audio_path {

using AttachmentId = std::uint64_t;

enum class SegmentState {
    attached,
    ownerGone, // the plugin's process has ended; what it captured can still be read
    broken,    // the file was shortened: nothing in it is touched any more
};

struct SegmentStatus {
    SegmentState state = SegmentState::attached;
    std::string problem;              // empty where all is well
    std::uint64_t frames = 0;         // the last counter that made sense
    segment::CounterRange capture;    // what the ring holds
    bool transportKnown = false;
    segment::TransportRecord transport{};
    std::uint64_t pluginHeartbeatNanoseconds = 0; // CLOCK_MONOTONIC, 0 = never
    std::uint64_t nowNanoseconds = 0;
    std::uint64_t eventsDropped = 0;    // by the plugin: its ring was full
    std::uint64_t eventsLost = 0;       // here: JavaScript did not fetch them in time
    std::uint64_t malformedRecords = 0; // thrown away
    std::uint64_t inconsistencies = 0;  // counters that could not be
    std::uint64_t commandFaults = 0;    // that the plugin found in our index
    std::uint64_t queuedCommands = 0;
    segment::Peaks peaks;               // since the last status
};

struct AttachedEvent {
    AttachmentId attachment;
    segment::Event event;
};

enum class PushResult { queued, full, malformed, unusable };

class AudioEngine {
public:
    /** `announce` is called by the engine thread, at most once each poll, when events wait. False: it did not get through. */
    explicit AudioEngine(std::function<bool()> announce);
    /** Stops the thread and detaches everything. */
    ~AudioEngine();
    AudioEngine(const AudioEngine&) = delete;
    AudioEngine& operator=(const AudioEngine&) = delete;

    /** 0: `problem` says why. */
    AttachmentId attach(const std::string& name, segment::Layout& layout, segment::SegmentProblem& problem);
    void detach(AttachmentId attachment);
    PushResult pushCommand(AttachmentId attachment, const segment::Command& command);
    /** False: not attached. */
    bool status(AttachmentId attachment, SegmentStatus& status);
    segment::ReadResult readCapture(AttachmentId attachment, std::uint64_t startFrame, std::uint64_t frames, float* interleaved);
    /** Events that wait, oldest first. */
    std::vector<AttachedEvent> takeEvents();

private:
    struct Attachment {
        std::unique_ptr<segment::SegmentReader> reader;
        SegmentStatus status;
        std::uint64_t transportRecords = 0; // looked at so far
        std::uint64_t polls = 0;
    };

    void run();
    void poll(AttachmentId id, Attachment& attachment);
    bool refresh(Attachment& attachment);
    void refreshTransport(Attachment& attachment);
    void drainEvents(AttachmentId id, Attachment& attachment);
    void keepEvent(AttachmentId id, const segment::Event& event);

    std::function<bool()> announce_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    bool announced_ = false;
    AttachmentId nextId_ = 1;
    std::map<AttachmentId, Attachment> attachments_;
    std::deque<AttachedEvent> events_;
    std::thread thread_;
};

} // namespace grym::audio_path
