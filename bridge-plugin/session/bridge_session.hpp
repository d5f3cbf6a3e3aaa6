// One plugin instance without its format: the engine, and the threads beside the audio thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "session/bridge_model.hpp"

namespace grym::bridge {

class Worker;
class DaemonConnection;

class BridgeSession {
public:
    /** `onStateChanged`: the host should save the project; called from our own threads. Starts nothing. */
    BridgeSession(InstanceFacts facts, std::function<void()> onStateChanged);
    /** Joins the threads within 200 ms. */
    ~BridgeSession();
    BridgeSession(const BridgeSession&) = delete;
    BridgeSession& operator=(const BridgeSession&) = delete;

    /**
     * The host's thread, while process() does not run. The first call starts the threads. With nothing changed it only sets
     * a flag, so that a host that calls it from its audio thread waits for nothing.
     */
    void activate(double sampleRate, std::uint32_t maximumBlock);
    void deactivate() noexcept;

    /** Any thread but the audio thread, at any time. */
    void setHostName(const std::string& name);
    void setTrackName(const std::string& name);
    void setProjectState(std::string_view text);
    std::string projectState() const;

    engine::Engine& engine() noexcept { return engine_; }

private:
    void startThreads();

    engine::Engine engine_;
    BridgeModel model_;
    std::function<void()> onStateChanged_;
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<DaemonConnection> connection_;
    std::mutex activation_;
    AudioConfiguration prepared_; // host's thread only
    bool started_ = false;
    bool toldNoThreads_ = false;
    std::atomic<bool> active_{false};
};

} // namespace grym::bridge
