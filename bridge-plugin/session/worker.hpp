// The engine's one producer: loads clips, makes segments, frees what the audio thread has given back.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.hpp"
#include "segment/segment_writer.hpp"
#include "session/bridge_model.hpp"

namespace grym::bridge {

struct WorkerEvents {
    /** Something the daemon should hear of has changed. */
    std::function<void()> onNews;
    /** Something that the host's project holds has changed. */
    std::function<void()> onStateChanged;
};

class Worker {
public:
    Worker(engine::Engine& engine, BridgeModel& model, WorkerEvents events);
    /** Ends the thread after the step that it is in; clips already read are thrown away. */
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /** Not on the audio thread. Throws std::system_error where the system gives no thread. */
    void start();
    /** There is something to do. Any thread but the audio thread. */
    void wake();
    void stop();

    /** The bridge's id or rate has changed: a new segment is to be made. */
    void renewSegment();
    /**
     * For the host's thread while the plugin is inactive: configures the model, takes everything out of the engine that was
     * made for another sample rate, and prepares the engine for this one. True: the rate is another one.
     */
    bool prepareEngine(const AudioConfiguration& configuration);

private:
    void run();
    void work();
    void collect();
    void makeSegment();
    void offerSegment();
    void followArmed();
    void fillSlot(const SlotJob& job);
    bool emptyFirst(const SlotJob& job);
    bool post(const SlotJob& job, std::unique_ptr<engine::Clip>& clip);
    bool tryPost(const SlotJob& job, std::unique_ptr<engine::Clip>& clip);
    bool isToBeEmptied(const SlotJob& job);

    /** What makes a slot another one and was posted, until the engine must have taken it. */
    struct Posted {
        bool waits = false;
        std::uint64_t ticket = 0;
        std::uint64_t afresh = 0; // the change whose armed launch, if any, was posted
        std::uint64_t framesProcessed = 0;
        int advances = 0;
    };
    bool hasTaken(Posted& posted) const;

    engine::Engine& engine_;
    BridgeModel& model_;
    const WorkerEvents events_;

    // Held around everything that the engine takes from its producer: this thread, or the host's in prepareEngine().
    std::mutex producer_;
    std::vector<std::unique_ptr<segment::SegmentWriter>> segments_; // the newest last; older ones until the engine lets go
    bool segmentToOffer_ = false;
    std::array<Posted, kSlots> posted_; // this thread only
    std::array<bool, kSlots> filled_{};  // the last that was posted for the slot is a clip; under producer_
    std::uint64_t generation_ = 0;

    std::atomic<bool> stopping_{false}; // set under mutex_
    std::mutex mutex_;
    std::condition_variable condition_;
    bool woken_ = false;
    bool segmentWanted_ = false;
    std::thread thread_;
};

} // namespace grym::bridge
