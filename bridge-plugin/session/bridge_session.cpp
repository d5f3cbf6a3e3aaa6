#include "session/bridge_session.hpp"

#include <cstdio>
#include <system_error>
#include <utility>

#include "session/daemon_connection.hpp"
#include "session/worker.hpp"

namespace grym::bridge {

BridgeSession::BridgeSession(InstanceFacts facts, std::function<void()> onStateChanged)
    : model_(std::move(facts)), onStateChanged_(std::move(onStateChanged)) {
    worker_ = std::make_unique<Worker>(engine_, model_, WorkerEvents{[this] { connection_->wake(); }, onStateChanged_});
    connection_ = std::make_unique<DaemonConnection>(model_,
        ConnectionEvents{[this] { worker_->wake(); },
            [this] {
                worker_->renewSegment();
                onStateChanged_();
            },
            onStateChanged_});
}

BridgeSession::~BridgeSession() {
    connection_->stop();
    worker_->stop();
    // The engine lets go of clips and segments before the worker frees the segments.
    engine_.takeMail();
    engine_.postSegment(nullptr);
    engine_.takeMail();
}

void BridgeSession::activate(double sampleRate, std::uint32_t maximumBlock) {
    const AudioConfiguration configuration{sampleRate, maximumBlock};
    if (started_ && configuration == prepared_) {
        active_ = true;
        return;
    }
    const std::lock_guard<std::mutex> lock(activation_);
    prepared_ = configuration;
    if (worker_->prepareEngine(configuration))
        worker_->renewSegment();
    else
        connection_->wake();
    if (!started_)
        startThreads();
    active_ = true;
}

/** Both or neither: a bridge without them passes its input through, and tries again when it is activated again. */
void BridgeSession::startThreads() {
    try {
        worker_->start();
        connection_->start();
        started_ = true;
    } catch (const std::system_error& error) {
        worker_->stop();
        if (!std::exchange(toldNoThreads_, true))
            std::fprintf(stderr, "grym-bridge: The system gives no thread (%s): the bridge only passes its input through.\n", error.what());
    }
}

void BridgeSession::deactivate() noexcept {
    active_ = false;
    engine_.expectPause();
}

void BridgeSession::setHostName(const std::string& name) {
    model_.setHostName(name);
    connection_->wake();
}

void BridgeSession::setTrackName(const std::string& name) {
    if (model_.setTrackName(name))
        connection_->wake();
}

void BridgeSession::setProjectState(std::string_view text) {
    if (text.empty())
        return; // a new instance: hosts pass the default
    std::string problem;
    const auto state = readProjectState(text, problem);
    if (!problem.empty())
        std::fprintf(stderr, "grym-bridge: %s\n", problem.c_str());
    if (!state)
        return;
    const bool otherBridge = model_.takeProjectState(*state);
    if (otherBridge && model_.configuration().sampleRate > 0)
        worker_->renewSegment();
    worker_->wake();
    connection_->wake();
}

std::string BridgeSession::projectState() const {
    return writeProjectState(model_.projectState());
}

} // namespace grym::bridge
