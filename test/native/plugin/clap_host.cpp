#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <clap/entry.h>
#include <clap/events.h>
#include <clap/ext/params.h>
#include <clap/ext/state.h>
#include <clap/fixedpoint.h>
#include <clap/plugin-factory.h>
#include <dlfcn.h>

#include "plugin_host.hpp"
#include "watched_call.hpp"

namespace grym::test {
namespace {

struct RenderExtension { // clap/ext/render.h, which is not among DPF's copies
    bool (*has_hard_realtime_requirement)(const clap_plugin_t* plugin);
    bool (*set)(const clap_plugin_t* plugin, std::int32_t mode);
};

clap_beattime beatTime(double quarters) {
    return std::llround(quarters * static_cast<double>(CLAP_BEATTIME_FACTOR));
}

class ClapPluginHost : public PluginHost {
public:
    ClapPluginHost() {
        const std::string path = bundlePath("clap/grym-bridge.clap");
        library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr)
            throw std::runtime_error(::dlerror());
        entry_ = static_cast<const clap_plugin_entry_t*>(::dlsym(library_, "clap_entry"));
        entry_->init(path.c_str());
        const auto* factory = static_cast<const clap_plugin_factory_t*>(entry_->get_factory(CLAP_PLUGIN_FACTORY_ID));
        host_.clap_version = CLAP_VERSION;
        host_.name = host_.vendor = host_.url = host_.version = "";
        host_.get_extension = [](const clap_host_t*, const char*) -> const void* { return nullptr; };
        host_.request_restart = host_.request_process = host_.request_callback = [](const clap_host_t*) {};
        plugin_ = factory->create_plugin(factory, &host_, factory->get_plugin_descriptor(factory, 0)->id);
        if (plugin_ == nullptr || !plugin_->init(plugin_))
            throw std::runtime_error("the CLAP plugin does not start");
    }
    ~ClapPluginHost() override {
        if (active_)
            plugin_->deactivate(plugin_);
        plugin_->destroy(plugin_);
        entry_->deinit();
        ::dlclose(library_);
    }
    bool speaksInsideBlocks() const override { return true; }
    bool speaksInEveryBlock() const override { return true; }
    void prepare(double, std::uint32_t) override {}
    void activate(double sampleRate, std::uint32_t maximumBlock) override { active_ = plugin_->activate(plugin_, sampleRate, 1, maximumBlock); }
    void deactivate() override {
        plugin_->deactivate(plugin_);
        active_ = false;
    }
    void setOffline(bool offline) override {
        static_cast<const RenderExtension*>(plugin_->get_extension(plugin_, "clap.render"))->set(plugin_, offline ? 1 : 0);
    }
    void setParameter(std::uint32_t index, double value) override {
        clap_event_param_value_t event{};
        event.header = {sizeof(event), 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
        event.param_id = index;
        event.note_id = -1;
        event.port_index = event.channel = event.key = -1;
        event.value = value;
        const std::vector<const clap_event_header_t*> events{&event.header};
        const clap_input_events_t input = listOf(events);
        parameters()->flush(plugin_, &input, &kNoOutput);
    }
    double parameter(std::uint32_t index) override {
        double value = 0;
        parameters()->get_value(plugin_, index, &value);
        return value;
    }
    void process(std::uint32_t frames, const std::vector<HostMoment>& moments, const std::vector<HostNote>& notes) override {
        std::vector<clap_event_transport_t> transports;
        for (const HostMoment& moment : moments)
            transports.push_back(describe(moment));
        std::vector<clap_event_midi_t> midi;
        for (const HostNote& note : notes) {
            clap_event_midi_t event{};
            event.header = {sizeof(event), note.frame, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, 0};
            event.data[0] = note.status;
            event.data[1] = note.key;
            event.data[2] = note.velocity;
            midi.push_back(event);
        }
        const bool first = !moments.empty() && moments.front().frame == 0;
        std::vector<const clap_event_header_t*> events;
        for (std::size_t index = first ? 1 : 0; index < transports.size(); ++index)
            events.push_back(&transports[index].header);
        for (const auto& event : midi)
            events.push_back(&event.header);
        const clap_input_events_t inputEvents = listOf(events);
        std::vector<float> input(frames, inputValue);
        left.assign(frames, 0.0f);
        right.assign(frames, 0.0f);
        float* inputs[2] = {input.data(), input.data()};
        float* outputs[2] = {left.data(), right.data()};
        clap_audio_buffer_t audioInput{};
        audioInput.data32 = inputs;
        audioInput.channel_count = 2;
        clap_audio_buffer_t audioOutput{};
        audioOutput.data32 = outputs;
        audioOutput.channel_count = 2;
        clap_process_t process{};
        process.steady_time = -1;
        process.frames_count = frames;
        process.transport = first ? transports.data() : nullptr;
        process.audio_inputs = &audioInput;
        process.audio_outputs = &audioOutput;
        process.audio_inputs_count = process.audio_outputs_count = 1;
        process.in_events = &inputEvents;
        process.out_events = &kNoOutput;
        clap_process_status status = CLAP_PROCESS_ERROR;
        {
            const WatchedCall watch;
            status = plugin_->process(plugin_, &process);
        }
        if (status == CLAP_PROCESS_ERROR)
            throw std::runtime_error("process() failed");
    }
    void breakRules() override {
        clap_event_param_value_t parameter{};
        parameter.header = {sizeof(parameter), 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
        parameter.param_id = 4711;
        clap_event_param_value_t shortParameter = parameter;
        shortParameter.header.size = sizeof(clap_event_header_t);
        clap_event_param_value_t noNumber = parameter;
        noNumber.param_id = 9;
        noNumber.value = std::numeric_limits<double>::quiet_NaN();
        clap_event_note_t note{};
        note.header = {sizeof(note), 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_NOTE_ON, 0};
        note.velocity = 1e300;
        clap_event_note_t otherPort = note;
        otherPort.port_index = 3;
        clap_event_midi_t shortMidi{};
        shortMidi.header = {sizeof(clap_event_header_t), 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, 0};
        const std::vector<const clap_event_header_t*> events{&parameter.header, &shortParameter.header, &noNumber.header, &note.header, &otherPort.header, &shortMidi.header};
        const clap_input_events_t input = listOf(events);
        parameters()->flush(plugin_, &input, &kNoOutput);
        std::vector<float> buffer(64);
        float* channels[64];
        std::fill(std::begin(channels), std::end(channels), buffer.data());
        for (const std::uint32_t count : {0u, 1u, 64u}) {
            clap_audio_buffer_t audio{};
            audio.data32 = channels;
            audio.channel_count = count;
            clap_process_t process{};
            process.steady_time = -1;
            process.frames_count = 64;
            process.audio_inputs = process.audio_outputs = &audio;
            process.audio_inputs_count = process.audio_outputs_count = 1;
            process.in_events = &input;
            process.out_events = &kNoOutput;
            (void)plugin_->process(plugin_, &process);
            audio.data32 = nullptr;
            (void)plugin_->process(plugin_, &process);
        }
    }
    std::string saveState() override {
        std::string saved;
        const clap_ostream_t stream{&saved, [](const clap_ostream_t* self, const void* bytes, std::uint64_t size) {
                                        const std::uint64_t taken = std::min<std::uint64_t>(size, 7);
                                        static_cast<std::string*>(self->ctx)->append(static_cast<const char*>(bytes), taken);
                                        return static_cast<std::int64_t>(taken);
                                    }};
        state()->save(plugin_, &stream);
        return saved;
    }
    void loadState(const std::string& saved) override {
        struct Reader {
            const std::string& text;
            std::size_t at;
        } reader{saved, 0};
        const clap_istream_t stream{&reader, [](const clap_istream_t* self, void* bytes, std::uint64_t size) {
                                        auto& source = *static_cast<Reader*>(self->ctx);
                                        const std::size_t given = std::min({static_cast<std::size_t>(size), source.text.size() - source.at, std::size_t{11}});
                                        std::memcpy(bytes, source.text.data() + source.at, given);
                                        source.at += given;
                                        return static_cast<std::int64_t>(given);
                                    }};
        if (!state()->load(plugin_, &stream))
            throw std::runtime_error("the state was not taken");
    }
    std::string bridgeState() override { return unwrapBridgeState(saveState()); }
    void setBridgeState(const std::string& json) override { loadState(wrapBridgeState(json)); }

private:
    static clap_event_transport_t describe(const HostMoment& moment) {
        clap_event_transport_t event{};
        event.header = {sizeof(event), moment.frame, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT, 0};
        event.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_TIME_SIGNATURE
            | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE;
        if (moment.playing)
            event.flags |= CLAP_TRANSPORT_IS_PLAYING;
        if (moment.loopActive)
            event.flags |= CLAP_TRANSPORT_IS_LOOP_ACTIVE;
        event.song_pos_beats = beatTime(moment.songQuarters);
        event.song_pos_seconds = std::llround(static_cast<double>(moment.songFrame) / 48000.0 * static_cast<double>(CLAP_SECTIME_FACTOR));
        event.tempo = moment.tempoBpm;
        event.bar_start = beatTime(moment.barStartQuarters);
        event.bar_number = moment.barNumber;
        event.tsig_num = static_cast<std::uint16_t>(moment.numerator);
        event.tsig_denom = static_cast<std::uint16_t>(moment.denominator);
        event.loop_start_beats = beatTime(moment.loopStartQuarters);
        event.loop_end_beats = beatTime(moment.loopEndQuarters);
        return event;
    }
    static clap_input_events_t listOf(const std::vector<const clap_event_header_t*>& events) {
        return {const_cast<std::vector<const clap_event_header_t*>*>(&events),
            [](const clap_input_events_t* list) {
                return static_cast<std::uint32_t>(static_cast<const std::vector<const clap_event_header_t*>*>(list->ctx)->size());
            },
            [](const clap_input_events_t* list, std::uint32_t index) {
                return (*static_cast<const std::vector<const clap_event_header_t*>*>(list->ctx))[index];
            }};
    }
    const clap_plugin_params_t* parameters() { return static_cast<const clap_plugin_params_t*>(plugin_->get_extension(plugin_, CLAP_EXT_PARAMS)); }
    const clap_plugin_state_t* state() { return static_cast<const clap_plugin_state_t*>(plugin_->get_extension(plugin_, CLAP_EXT_STATE)); }

    static constexpr clap_output_events_t kNoOutput{nullptr, [](const clap_output_events_t*, const clap_event_header_t*) { return true; }};
    void* library_ = nullptr;
    const clap_plugin_entry_t* entry_ = nullptr;
    const clap_plugin_t* plugin_ = nullptr;
    clap_host_t host_{};
    bool active_ = false;
};

} // namespace

std::unique_ptr<PluginHost> openClap() {
    return std::make_unique<ClapPluginHost>();
}

} // namespace grym::test
