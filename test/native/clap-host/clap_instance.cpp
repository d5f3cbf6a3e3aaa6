#include "clap_instance.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <clap/plugin-factory.h>
#include <dlfcn.h>

namespace grym::test {
namespace {

using Lock = std::unique_lock<std::mutex>;
using Clock = std::chrono::steady_clock;

// clap/ext/render.h, which is not among DPF's copies.
struct RenderExtension {
    bool (*has_hard_realtime_requirement)(const clap_plugin_t* plugin);
    bool (*set)(const clap_plugin_t* plugin, std::int32_t mode);
};

// clap/ext/track-info.h, likewise.
struct TrackInfo {
    std::uint64_t flags;
    char name[CLAP_NAME_SIZE];
    std::uint8_t colour[4];
    std::int32_t audioChannelCount;
    const char* audioPortType;
};
struct PluginTrackInfo {
    void (*changed)(const clap_plugin_t* plugin);
};
struct HostTrackInfo {
    bool (*get)(const clap_host_t* host, TrackInfo* info);
};

ClapInstance& instanceOf(const clap_host_t* host) {
    return *static_cast<ClapInstance*>(host->host_data);
}

template <typename Extension>
const Extension* extensionOf(const clap_plugin_t* plugin, const char* id) {
    return static_cast<const Extension*>(plugin->get_extension(plugin, id));
}

} // namespace

ClapInstance::ClapInstance(const std::string& path) {
    library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_ == nullptr)
        throw std::runtime_error(std::string("cannot load: ") + ::dlerror());
    entry_ = static_cast<const clap_plugin_entry_t*>(::dlsym(library_, "clap_entry"));
    if (entry_ == nullptr || !entry_->init(path.c_str()))
        throw std::runtime_error("the file has no working clap_entry");
    const auto* factory = static_cast<const clap_plugin_factory_t*>(entry_->get_factory(CLAP_PLUGIN_FACTORY_ID));
    const auto* descriptor = factory != nullptr ? factory->get_plugin_descriptor(factory, 0) : nullptr;
    if (descriptor == nullptr)
        throw std::runtime_error("the file holds no plugin");
    host_.clap_version = CLAP_VERSION;
    host_.host_data = this;
    host_.name = "grym test host";
    host_.vendor = "grym-synth";
    host_.url = "";
    host_.version = "1";
    host_.get_extension = &ClapInstance::hostExtension;
    host_.request_restart = [](const clap_host_t*) {};
    host_.request_process = [](const clap_host_t*) {};
    host_.request_callback = [](const clap_host_t* host) { instanceOf(host).callbackWanted_ = true; };
    plugin_ = factory->create_plugin(factory, &host_, descriptor->id);
    if (plugin_ == nullptr || !plugin_->init(plugin_))
        throw std::runtime_error("the plugin does not start");
    thread_ = std::thread([this] { audioThread(); });
}

ClapInstance::~ClapInstance() {
    {
        const Lock lock(mutex_);
        quitting_ = true;
    }
    condition_.notify_all();
    if (thread_.joinable())
        thread_.join();
    if (active_)
        deactivate();
    if (plugin_ != nullptr)
        plugin_->destroy(plugin_);
    if (entry_ != nullptr)
        entry_->deinit();
    if (output_ != nullptr)
        std::fclose(output_);
    if (library_ != nullptr)
        ::dlclose(library_);
}

const void* ClapInstance::hostExtension(const clap_host_t*, const char* id) {
    static const clap_host_state_t state = {[](const clap_host_t* host) { ++instanceOf(host).dirtyCount_; }};
    static const clap_host_params_t parameters = {[](const clap_host_t*, clap_param_rescan_flags) {},
        [](const clap_host_t*, clap_id, clap_param_clear_flags) {}, [](const clap_host_t*) {}};
    static const HostTrackInfo track = {[](const clap_host_t* host, TrackInfo* info) {
        const std::string& name = instanceOf(host).trackName_;
        *info = {};
        info->flags = name.empty() ? 0 : 1;
        name.copy(info->name, sizeof(info->name) - 1);
        return true;
    }};
    if (std::strcmp(id, "clap.track-info/1") == 0)
        return &track;
    if (std::strcmp(id, CLAP_EXT_STATE) == 0)
        return &state;
    if (std::strcmp(id, CLAP_EXT_PARAMS) == 0)
        return &parameters;
    return nullptr;
}

void ClapInstance::activate(double sampleRate, std::uint32_t blockFrames) {
    if (active_)
        throw std::runtime_error("already active");
    sampleRate_ = sampleRate;
    blockFrames_ = blockFrames;
    transport_.setSampleRate(sampleRate);
    for (auto& buffer : buffers_)
        buffer.assign(blockFrames, 0.0f);
    interleaved_.assign(std::size_t{2} * blockFrames, 0.0f);
    if (!plugin_->activate(plugin_, sampleRate, 1, blockFrames))
        throw std::runtime_error("the plugin refuses to be activated");
    active_ = true;
}

void ClapInstance::deactivate() {
    if (!active_)
        throw std::runtime_error("not active");
    pause();
    plugin_->deactivate(plugin_);
    active_ = false;
}

void ClapInstance::process(std::uint64_t blocks, bool realtime) {
    if (!active_)
        throw std::runtime_error("not active");
    Lock lock(mutex_);
    if (endless_)
        throw std::runtime_error("running; pause first");
    blocksWanted_ = blocks;
    realtime_ = realtime;
    busy_ = true;
    condition_.notify_all();
    condition_.wait(lock, [this] { return !busy_; });
    if (!failure_.empty())
        throw std::runtime_error(std::exchange(failure_, {}));
}

void ClapInstance::run(bool realtime) {
    if (!active_)
        throw std::runtime_error("not active");
    const Lock lock(mutex_);
    endless_ = true;
    realtime_ = realtime;
    busy_ = true;
    condition_.notify_all();
}

void ClapInstance::pause() {
    Lock lock(mutex_);
    endless_ = false;
    blocksWanted_ = 0;
    condition_.wait(lock, [this] { return !busy_; });
}

void ClapInstance::audioThread() {
    Lock lock(mutex_);
    for (;;) {
        condition_.wait(lock, [this] { return quitting_ || busy_; });
        if (quitting_)
            return;
        plugin_->start_processing(plugin_);
        const auto period = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(blockFrames_ / sampleRate_));
        auto due = Clock::now();
        while (!quitting_ && failure_.empty() && (endless_ || blocksWanted_ > 0)) {
            if (blocksWanted_ > 0)
                --blocksWanted_;
            lock.unlock();
            processBlock();
            if (realtime_) {
                due += period;
                std::this_thread::sleep_until(due);
            }
            lock.lock();
        }
        plugin_->stop_processing(plugin_);
        busy_ = false;
        condition_.notify_all();
    }
}

void ClapInstance::fillInput() {
    const std::uint64_t start = framesProcessed_;
    for (std::uint32_t frame = 0; frame < blockFrames_; ++frame) {
        float sample = 0;
        if (input_ == InputSignal::sine)
            sample = static_cast<float>(0.125 * std::sin(2 * 3.14159265358979323846 * 440.0 * static_cast<double>(start + frame) / sampleRate_));
        else if (input_ == InputSignal::counter) // exact in a float, and another one in each of 2^20 frames
            sample = static_cast<float>((start + frame) & 0xfffff) / 2097152.0f;
        buffers_[0][frame] = sample;
        buffers_[1][frame] = -sample;
    }
}

void ClapInstance::processBlock() {
    clap_event_transport_t transport{};
    bool hasTransport = false;
    transportEvents_.clear();
    {
        const Lock lock(mutex_);
        events_.swap(queue_);
        queue_.clear();
        hasTransport = hasTransport_;
        transport = jump_ && jump_->first < blockFrames_
            ? transport_.beginBlockWithJump(blockFrames_, jump_->first, jump_->second, transportEvents_)
            : transport_.beginBlock(blockFrames_, transportEvents_);
        jump_.reset();
    }
    fillInput();

    sorted_.clear();
    for (const Event& event : events_)
        sorted_.push_back(event.header());
    if (hasTransport)
        for (const auto& event : transportEvents_)
            sorted_.push_back(&event.header);
    std::stable_sort(sorted_.begin(), sorted_.end(), [](const auto* left, const auto* right) { return left->time < right->time; });
    clap_input_events_t inputEvents{&sorted_,
        [](const clap_input_events_t* list) { return static_cast<std::uint32_t>(static_cast<const decltype(sorted_)*>(list->ctx)->size()); },
        [](const clap_input_events_t* list, std::uint32_t index) { return (*static_cast<const decltype(sorted_)*>(list->ctx))[index]; }};
    clap_output_events_t outputEvents{nullptr, [](const clap_output_events_t*, const clap_event_header_t*) { return true; }};

    float* inputChannels[2] = {buffers_[0].data(), buffers_[1].data()};
    float* outputChannels[2] = {buffers_[2].data(), buffers_[3].data()};
    clap_audio_buffer_t input{};
    input.data32 = inputChannels;
    input.channel_count = 2;
    clap_audio_buffer_t output{};
    output.data32 = outputChannels;
    output.channel_count = 2;
    clap_process_t process{};
    process.steady_time = static_cast<std::int64_t>(framesProcessed_.load());
    process.frames_count = blockFrames_;
    process.transport = hasTransport ? &transport : nullptr;
    process.audio_inputs = &input;
    process.audio_outputs = &output;
    process.audio_inputs_count = 1;
    process.audio_outputs_count = 1;
    process.in_events = &inputEvents;
    process.out_events = &outputEvents;

    const auto before = Clock::now();
    const clap_process_status status = plugin_->process(plugin_, &process);
    const auto spent = static_cast<std::uint64_t>(std::chrono::nanoseconds(Clock::now() - before).count());
    longestCallNanoseconds_ = std::max(longestCallNanoseconds_.load(), spent);
    framesProcessed_ += blockFrames_;
    writeOutput();
    if (status == CLAP_PROCESS_ERROR) {
        const Lock lock(mutex_);
        failure_ = "process() reported an error";
    }
}

void ClapInstance::writeOutput() {
    const Lock lock(mutex_);
    if (output_ == nullptr)
        return;
    for (std::uint32_t frame = 0; frame < blockFrames_; ++frame) {
        interleaved_[2 * frame] = buffers_[2][frame];
        interleaved_[2 * frame + 1] = buffers_[3][frame];
    }
    std::fwrite(interleaved_.data(), sizeof(float), interleaved_.size(), output_);
}

void ClapInstance::jumpInside(std::uint32_t frame, double quarters) {
    const Lock lock(mutex_);
    jump_ = {frame, quarters};
}

void ClapInstance::setHasTransport(bool has) {
    const Lock lock(mutex_);
    hasTransport_ = has;
}

void ClapInstance::addMidi(std::uint8_t status, std::uint8_t key, std::uint8_t velocity, std::uint32_t frame) {
    Event event;
    event.isMidi = true;
    event.midi.header = {sizeof(clap_event_midi_t), frame, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, 0};
    event.midi.data[0] = status;
    event.midi.data[1] = key;
    event.midi.data[2] = velocity;
    const Lock lock(mutex_);
    queue_.push_back(event);
}

void ClapInstance::setParameter(clap_id id, double value) {
    Event event;
    event.parameter.header = {sizeof(clap_event_param_value_t), 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
    event.parameter.param_id = id;
    event.parameter.note_id = -1;
    event.parameter.port_index = -1;
    event.parameter.channel = -1;
    event.parameter.key = -1;
    event.parameter.value = value;
    const Lock lock(mutex_);
    queue_.push_back(event);
}

double ClapInstance::parameter(clap_id id) const {
    const auto* parameters = extensionOf<clap_plugin_params_t>(plugin_, CLAP_EXT_PARAMS);
    double value = 0;
    if (parameters == nullptr || !parameters->get_value(plugin_, id, &value))
        throw std::runtime_error("the plugin has no such parameter");
    return value;
}

void ClapInstance::setInput(InputSignal signal) {
    const Lock lock(mutex_);
    input_ = signal;
}

void ClapInstance::setOutput(const std::string& path) {
    const Lock lock(mutex_);
    if (output_ != nullptr)
        std::fclose(output_);
    output_ = path.empty() ? nullptr : std::fopen(path.c_str(), "wb");
    if (!path.empty() && output_ == nullptr)
        throw std::runtime_error("cannot write " + path);
}

void ClapInstance::nameTrack(const std::string& name) {
    trackName_ = name;
    if (const auto* track = extensionOf<PluginTrackInfo>(plugin_, "clap.track-info/1"))
        track->changed(plugin_);
}

bool ClapInstance::setOffline(bool offline) {
    const auto* render = extensionOf<RenderExtension>(plugin_, "clap.render");
    return render != nullptr && render->set(plugin_, offline ? 1 : 0);
}

std::string ClapInstance::saveState() {
    const auto* state = extensionOf<clap_plugin_state_t>(plugin_, CLAP_EXT_STATE);
    std::string saved;
    // Takes little at a time, as a host may: a plugin must cope.
    const clap_ostream_t stream{&saved, [](const clap_ostream_t* self, const void* bytes, std::uint64_t size) {
                                    const std::uint64_t taken = std::min<std::uint64_t>(size, 100);
                                    static_cast<std::string*>(self->ctx)->append(static_cast<const char*>(bytes), taken);
                                    return static_cast<std::int64_t>(taken);
                                }};
    if (state == nullptr || !state->save(plugin_, &stream))
        throw std::runtime_error("the plugin does not save its state");
    return saved;
}

void ClapInstance::loadState(const std::string& saved) {
    struct Reader {
        const std::string& text;
        std::size_t at = 0;
    } reader{saved};
    const clap_istream_t stream{&reader, [](const clap_istream_t* self, void* bytes, std::uint64_t size) {
                                    auto& source = *static_cast<Reader*>(self->ctx);
                                    const std::size_t given = std::min({static_cast<std::size_t>(size), source.text.size() - source.at, std::size_t{97}});
                                    std::memcpy(bytes, source.text.data() + source.at, given);
                                    source.at += given;
                                    return static_cast<std::int64_t>(given);
                                }};
    const auto* state = extensionOf<clap_plugin_state_t>(plugin_, CLAP_EXT_STATE);
    if (state == nullptr || !state->load(plugin_, &stream))
        throw std::runtime_error("the plugin does not take the state");
}

void ClapInstance::idle() {
    if (callbackWanted_.exchange(false))
        plugin_->on_main_thread(plugin_);
}

double ClapInstance::songQuarters() {
    const Lock lock(mutex_);
    return transport_.songQuarters();
}

} // namespace grym::test
