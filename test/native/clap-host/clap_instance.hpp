// One instance of a .clap file, with an audio thread that processes blocks while the main thread takes commands.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <clap/entry.h>
#include <clap/events.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#include <clap/plugin.h>

#include "host_transport.hpp"

namespace grym::test {

enum class InputSignal { silence, sine, counter };

class ClapInstance {
public:
    /** Throws std::runtime_error with one sentence, as every method here does when the plugin or a file fails. */
    explicit ClapInstance(const std::string& path);
    ~ClapInstance();
    ClapInstance(const ClapInstance&) = delete;
    ClapInstance& operator=(const ClapInstance&) = delete;

    void activate(double sampleRate, std::uint32_t blockFrames);
    void deactivate();

    /** Blocks until the blocks are done. Without `realtime` as fast as it goes. */
    void process(std::uint64_t blocks, bool realtime);
    /** Goes on in the background until pause(). */
    void run(bool realtime);
    void pause();

    /** Changes the transport between two blocks. */
    template <typename Change>
    void withTransport(Change change) {
        const std::lock_guard<std::mutex> lock(mutex_);
        change(transport_);
    }
    /** In the next block, at `frame`. */
    void jumpInside(std::uint32_t frame, double quarters);
    void setHasTransport(bool has);
    void addMidi(std::uint8_t status, std::uint8_t key, std::uint8_t velocity, std::uint32_t frame);
    void setParameter(clap_id id, double value);
    double parameter(clap_id id) const;
    void setInput(InputSignal signal);
    /** Raw float32, left and right in turn, from the next block on; an empty path ends it. */
    void setOutput(const std::string& path);
    bool setOffline(bool offline);
    /** The plugin is told at once; an empty name: the track has none. */
    void nameTrack(const std::string& name);
    std::string saveState();
    void loadState(const std::string& state);
    /** Lets the plugin do what it has asked the main thread for. */
    void idle();

    std::uint64_t framesProcessed() const { return framesProcessed_; }
    std::uint64_t dirtyCount() const { return dirtyCount_; }
    std::uint64_t longestCallNanoseconds() const { return longestCallNanoseconds_; }
    double songQuarters();

private:
    struct Event {
        clap_event_midi_t midi{};
        clap_event_param_value_t parameter{};
        bool isMidi = false;
        const clap_event_header_t* header() const { return isMidi ? &midi.header : &parameter.header; }
    };
    void audioThread();
    void processBlock();
    void fillInput();
    void writeOutput();
    static const void* hostExtension(const clap_host_t* host, const char* id);

    void* library_ = nullptr;
    const clap_plugin_entry_t* entry_ = nullptr;
    const clap_plugin_t* plugin_ = nullptr;
    clap_host_t host_{};

    std::mutex mutex_; // the queue, the transport and the files; held by the audio thread while it gathers a block
    std::condition_variable condition_;
    std::thread thread_;
    bool quitting_ = false;
    std::uint64_t blocksWanted_ = 0;
    bool endless_ = false;
    bool realtime_ = false;
    bool busy_ = false;
    std::string failure_;

    HostTransport transport_;
    bool hasTransport_ = true;
    std::optional<std::pair<std::uint32_t, double>> jump_;
    std::vector<Event> queue_;
    std::string trackName_;
    InputSignal input_ = InputSignal::silence;
    std::FILE* output_ = nullptr;

    bool active_ = false;
    double sampleRate_ = 48000;
    std::uint32_t blockFrames_ = 0;
    std::vector<float> buffers_[4]; // in left, in right, out left, out right
    std::vector<float> interleaved_;
    std::vector<Event> events_;
    std::vector<clap_event_transport_t> transportEvents_;
    std::vector<const clap_event_header_t*> sorted_;

    std::atomic<std::uint64_t> framesProcessed_{0};
    std::atomic<std::uint64_t> dirtyCount_{0};
    std::atomic<std::uint64_t> longestCallNanoseconds_{0};
    std::atomic<bool> callbackWanted_{false};
};

} // namespace grym::test
