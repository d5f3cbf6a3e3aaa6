// The connection to the daemon: found, kept and found again by one thread of our own. A daemon that is absent, stopped or
// hostile costs this thread's time and nothing else.
#pragma once

#include <functional>
#include <memory>

#include "session/bridge_model.hpp"

namespace grym::bridge {

struct ConnectionEvents {
    /** The model has something for the worker. */
    std::function<void()> onSlotsWanted;
    /** The daemon has given this bridge another id. */
    std::function<void()> onBridgeIdChanged;
    /** Something that the host's project holds has changed. */
    std::function<void()> onStateChanged;
};

class DaemonConnection {
public:
    DaemonConnection(BridgeModel& model, ConnectionEvents events);
    ~DaemonConnection();
    DaemonConnection(const DaemonConnection&) = delete;
    DaemonConnection& operator=(const DaemonConnection&) = delete;

    /** Once; not on the audio thread. Throws std::system_error where the system gives no thread. */
    void start();
    /** The model has news for the daemon. Any thread but the audio thread; before start() it does nothing. */
    void wake();
    /** Ends the thread at once, whatever it waits for. */
    void stop();

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

} // namespace grym::bridge
