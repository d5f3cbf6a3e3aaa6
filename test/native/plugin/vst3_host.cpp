#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include <dlfcn.h>
#include <travesty/audio_processor.h>
#include <travesty/component.h>
#include <travesty/edit_controller.h>
#include <travesty/events.h>
#include <travesty/factory.h>
#include <travesty/host.h>

#include "plugin_host.hpp"
#include "watched_call.hpp"

namespace grym::test {
namespace {

/** Lays out a COM object as travesty expects it: a pointer to a table of functions, then our data. */
template <typename Table, typename Data>
struct ComObject {
    const Table* table;
    Data data;
    explicit ComObject(const Table& functions, Data content) : table(&functions), data(std::move(content)) {}
    template <typename Interface>
    Interface** as() {
        return reinterpret_cast<Interface**>(this);
    }
    static Data& of(void* self) { return static_cast<ComObject*>(self)->data; }
};

constexpr v3_funknown kUnknown{[](void*, const v3_tuid, void**) -> v3_result { return V3_NO_INTERFACE; }, [](void*) -> std::uint32_t { return 1; },
    [](void*) -> std::uint32_t { return 1; }};

struct StreamTable {
    v3_funknown unknown;
    v3_bstream stream;
};
struct StreamData {
    std::string bytes;
    std::size_t at = 0;
};
using Stream = ComObject<StreamTable, StreamData>;

// Takes and gives little at a time, as a host may.
const StreamTable kStream{kUnknown,
    {[](void* self, void* buffer, std::int32_t size, std::int32_t* read) -> v3_result {
         auto& data = Stream::of(self);
         const std::size_t given = std::min({static_cast<std::size_t>(size), data.bytes.size() - data.at, std::size_t{13}});
         std::memcpy(buffer, data.bytes.data() + data.at, given);
         data.at += given;
         *read = static_cast<std::int32_t>(given);
         return V3_OK;
     },
        [](void* self, void* buffer, std::int32_t size, std::int32_t* written) -> v3_result {
            const std::int32_t taken = std::min(size, 17);
            Stream::of(self).bytes.append(static_cast<const char*>(buffer), static_cast<std::size_t>(taken));
            *written = taken;
            return V3_OK;
        },
        [](void*, std::int64_t, std::int32_t, std::int64_t*) -> v3_result { return V3_NOT_IMPLEMENTED; },
        [](void*, std::int64_t*) -> v3_result { return V3_NOT_IMPLEMENTED; }}};

struct EventsTable {
    v3_funknown unknown;
    v3_event_list list;
};
using Events = ComObject<EventsTable, std::vector<v3_event>>;

const EventsTable kEvents{kUnknown,
    {[](void* self) -> std::uint32_t { return static_cast<std::uint32_t>(Events::of(self).size()); },
        [](void* self, std::int32_t index, v3_event* event) -> v3_result {
            *event = Events::of(self)[static_cast<std::size_t>(index)];
            return V3_OK;
        },
        [](void*, v3_event*) -> v3_result { return V3_NOT_IMPLEMENTED; }}};

struct QueueTable {
    v3_funknown unknown;
    v3_param_value_queue queue;
};
struct QueueData {
    v3_param_id id;
    double value;
};
using Queue = ComObject<QueueTable, QueueData>;

const QueueTable kQueue{kUnknown,
    {[](void* self) -> v3_param_id { return Queue::of(self).id; }, [](void*) -> std::int32_t { return 1; },
        [](void* self, std::int32_t, std::int32_t* offset, double* value) -> v3_result {
            *offset = 0;
            *value = Queue::of(self).value;
            return V3_OK;
        },
        [](void*, std::int32_t, double, std::int32_t*) -> v3_result { return V3_NOT_IMPLEMENTED; }}};

struct ChangesTable {
    v3_funknown unknown;
    v3_param_changes changes;
};
using Changes = ComObject<ChangesTable, std::vector<Queue>>;

const ChangesTable kChanges{kUnknown,
    {[](void* self) -> std::int32_t { return static_cast<std::int32_t>(Changes::of(self).size()); },
        [](void* self, std::int32_t index) -> v3_param_value_queue** {
            return Changes::of(self)[static_cast<std::size_t>(index)].as<v3_param_value_queue>();
        },
        [](void*, v3_param_id*, std::int32_t*) -> v3_param_value_queue** { return nullptr; }}};

struct ApplicationTable {
    v3_funknown unknown;
    v3_host_application application;
};
using Application = ComObject<ApplicationTable, int>;

v3_result findApplication(void* self, const v3_tuid id, void** found) {
    *found = v3_tuid_match(id, v3_host_application_iid) ? self : nullptr;
    return *found != nullptr ? V3_OK : V3_NO_INTERFACE;
}

const ApplicationTable kApplication{{findApplication, kUnknown.ref, kUnknown.unref},
    {[](void*, v3_str_128 name) -> v3_result {
         const std::u16string text = u"Größe 𝄞";
         std::copy_n(reinterpret_cast<const std::int16_t*>(text.c_str()), text.size() + 1, name);
         return V3_OK;
     },
        [](void*, v3_tuid, v3_tuid, void**) -> v3_result { return V3_NOT_IMPLEMENTED; }}};

struct AttributesTable {
    v3_funknown unknown;
    v3_attribute_list list;
};
using Attributes = ComObject<AttributesTable, std::u16string>;

const AttributesTable kAttributes = [] {
    AttributesTable table{kUnknown, {}};
    table.list.get_string = [](void* self, const char* id, std::int16_t* text, std::uint32_t bytes) -> v3_result {
        const std::u16string& name = Attributes::of(self);
        if (std::strcmp(id, "channel name") != 0 || bytes < (name.size() + 1) * sizeof(std::int16_t))
            return V3_FALSE;
        std::memcpy(text, name.c_str(), (name.size() + 1) * sizeof(std::int16_t));
        return V3_OK;
    };
    return table;
}();

// Steinberg::Vst::ChannelContext::IInfoListener, which travesty does not have
struct InfoListenerFunctions {
    v3_result(V3_API* set_channel_context_infos)(void* self, v3_attribute_list** list);
};
struct InfoListener : v3_funknown {
    InfoListenerFunctions listener;
};
constexpr v3_tuid kInfoListenerId = V3_ID(0x0F194781, 0x8D984ADA, 0xBBA0C1EF, 0xC011D8D0);

class Vst3PluginHost : public PluginHost {
public:
    explicit Vst3PluginHost(const std::string& name) {
        const std::string path = bundlePath("vst3/" + name + ".vst3/Contents/x86_64-linux/" + name + ".so");
        library_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr)
            throw std::runtime_error(::dlerror());
        reinterpret_cast<bool (*)(void*)>(::dlsym(library_, "ModuleEntry"))(library_);
        const auto getFactory = reinterpret_cast<const void* (*)()>(::dlsym(library_, "GetPluginFactory"));
        factory_ = static_cast<v3_plugin_factory**>(const_cast<void*>(getFactory()));
        v3_class_info info{};
        v3_cpp_obj(factory_)->get_class_info(factory_, 0, &info);
        void* made = nullptr;
        if (v3_cpp_obj(factory_)->create_instance(factory_, info.class_id, v3_component_iid, &made) != V3_OK)
            throw std::runtime_error("the VST3 plugin does not start");
        component_ = static_cast<v3_component**>(made);
        v3_cpp_obj_initialize(component_, application_.as<v3_funknown>());
        v3_cpp_obj_query_interface(component_, v3_audio_processor_iid, &processor_);
        v3_cpp_obj_query_interface(component_, v3_edit_controller_iid, &controller_);
        v3_cpp_obj_initialize(controller_, nullptr);
        parameterOffset_ = static_cast<v3_param_id>(v3_cpp_obj(controller_)->get_parameter_count(controller_)) - 12;
    }
    ~Vst3PluginHost() override {
        if (active_)
            deactivate();
        v3_cpp_obj_terminate(controller_);
        v3_cpp_obj_unref(controller_);
        v3_cpp_obj_unref(processor_);
        v3_cpp_obj_terminate(component_);
        v3_cpp_obj_unref(component_);
        reinterpret_cast<bool (*)()>(::dlsym(library_, "ModuleExit"))();
        ::dlclose(library_);
    }
    bool speaksInsideBlocks() const override { return false; }
    bool speaksInEveryBlock() const override { return true; }
    void prepare(double sampleRate, std::uint32_t maximumBlock) override {
        sampleRate_ = sampleRate;
        block_ = maximumBlock;
        setUp();
        for (const std::int32_t direction : {V3_INPUT, V3_OUTPUT})
            v3_cpp_obj(component_)->activate_bus(component_, V3_AUDIO, direction, 0, 1);
    }
    void activate(double sampleRate, std::uint32_t maximumBlock) override {
        prepare(sampleRate, maximumBlock);
        v3_cpp_obj(component_)->set_active(component_, 1);
        v3_cpp_obj(processor_)->set_processing(processor_, 1);
        active_ = true;
    }
    void deactivate() override {
        v3_cpp_obj(processor_)->set_processing(processor_, 0);
        v3_cpp_obj(component_)->set_active(component_, 0);
        active_ = false;
    }
    void setOffline(bool offline) override {
        mode_ = offline ? V3_OFFLINE : V3_REALTIME;
        setUp();
    }
    void setParameter(std::uint32_t index, double value) override {
        const v3_param_id id = parameterOffset_ + index;
        changes_.emplace_back(kQueue, QueueData{id, v3_cpp_obj(controller_)->plain_parameter_to_normalised(controller_, id, value)});
    }
    double parameter(std::uint32_t index) override {
        const v3_param_id id = parameterOffset_ + index;
        return v3_cpp_obj(controller_)->normalised_parameter_to_plain(controller_, id, v3_cpp_obj(controller_)->get_parameter_normalised(controller_, id));
    }
    void process(std::uint32_t frames, const std::vector<HostMoment>& moments, const std::vector<HostNote>& notes) override {
        v3_process_context context{};
        if (!moments.empty())
            describe(moments.front(), context);
        std::vector<v3_event> list;
        for (const HostNote& note : notes) {
            v3_event event{};
            event.sample_offset = static_cast<std::int32_t>(note.frame);
            event.type = note.status == 0x90 ? V3_EVENT_NOTE_ON : V3_EVENT_NOTE_OFF;
            if (note.status == 0x90)
                event.note_on = {0, note.key, 0.0f, static_cast<float>(note.velocity) / 127.0f, 0, -1};
            else
                event.note_off = {0, note.key, 0.0f, -1, 0.0f};
            list.push_back(event);
        }
        Events events(kEvents, std::move(list));
        Changes changes(kChanges, std::exchange(changes_, {}));
        std::vector<float> input(frames, inputValue);
        left.assign(frames, 0.0f);
        right.assign(frames, 0.0f);
        float* inputs[2] = {input.data(), input.data()};
        float* outputs[2] = {left.data(), right.data()};
        v3_audio_bus_buffers inputBus{};
        inputBus.num_channels = 2;
        inputBus.channel_buffers_32 = inputs;
        v3_audio_bus_buffers output{};
        output.num_channels = 2;
        output.channel_buffers_32 = outputs;
        v3_process_data data{};
        data.process_mode = mode_;
        data.symbolic_sample_size = V3_SAMPLE_32;
        data.nframes = static_cast<std::int32_t>(frames);
        data.num_input_buses = data.num_output_buses = 1;
        data.inputs = &inputBus;
        data.outputs = &output;
        data.input_params = changes.as<v3_param_changes>();
        data.input_events = events.as<v3_event_list>();
        data.ctx = moments.empty() ? nullptr : &context;
        v3_result result = V3_FALSE;
        {
            const WatchedCall watch;
            result = v3_cpp_obj(processor_)->process(processor_, &data);
        }
        if (result != V3_OK)
            throw std::runtime_error("process() failed");
    }
    void breakRules() override {
        std::vector<Queue> queues;
        queues.emplace_back(kQueue, QueueData{4711'000, 0.5});
        queues.emplace_back(kQueue, QueueData{0, 1e300}); // of the instrument, a MIDI controller
        for (v3_param_id index = 0; index < 12; ++index)
            queues.emplace_back(kQueue, QueueData{parameterOffset_ + index, std::numeric_limits<double>::quiet_NaN()});
        Changes changes(kChanges, std::move(queues));
        v3_event note{};
        note.type = V3_EVENT_NOTE_ON;
        note.note_on = {0, 60, 0.0f, 1e30f, 0, -1};
        Events events(kEvents, {note});
        std::vector<float> buffer(block_ + 1);
        std::vector<float*> channels(64, buffer.data());
        v3_audio_bus_buffers bus{};
        v3_process_data data{};
        data.symbolic_sample_size = V3_SAMPLE_32;
        data.num_input_buses = data.num_output_buses = 1;
        data.inputs = data.outputs = &bus;
        data.input_params = changes.as<v3_param_changes>();
        data.input_events = events.as<v3_event_list>();
        for (const std::int32_t frames : {0, 64, static_cast<std::int32_t>(block_) + 1}) {
            data.nframes = frames;
            for (const std::int32_t count : {0, 1, 64}) {
                bus.num_channels = count;
                bus.channel_buffers_32 = channels.data();
                (void)v3_cpp_obj(processor_)->process(processor_, &data);
                bus.channel_buffers_32 = nullptr;
                (void)v3_cpp_obj(processor_)->process(processor_, &data);
            }
        }
        data.symbolic_sample_size = V3_SAMPLE_64;
        (void)v3_cpp_obj(processor_)->process(processor_, &data);
    }
    std::string saveState() override {
        Stream stream(kStream, {});
        if (v3_cpp_obj(component_)->get_state(component_, stream.as<v3_bstream>()) != V3_OK)
            throw std::runtime_error("the state was not saved");
        return stream.data.bytes;
    }
    void loadState(const std::string& state) override {
        Stream stream(kStream, {state, 0});
        if (v3_cpp_obj(component_)->set_state(component_, stream.as<v3_bstream>()) != V3_OK)
            throw std::runtime_error("the state was not taken");
    }
    void nameTrack(const std::string& name) override {
        v3_cpp_obj_query_interface(controller_, kInfoListenerId, &listener_);
        if (listener_ == nullptr)
            throw std::runtime_error("the plugin does not listen to the track's name");
        Attributes attributes(kAttributes, std::u16string(name.begin(), name.end()));
        (*listener_)->listener.set_channel_context_infos(listener_, attributes.as<v3_attribute_list>());
        v3_cpp_obj_unref(listener_);
    }
    std::string bridgeState() override { return unwrapBridgeState(saveState()); }
    void setBridgeState(const std::string& json) override { loadState(wrapBridgeState(json)); }

private:
    void setUp() {
        v3_process_setup setup{mode_, V3_SAMPLE_32, static_cast<std::int32_t>(block_), sampleRate_};
        v3_cpp_obj(processor_)->setup_processing(processor_, &setup);
    }
    static void describe(const HostMoment& moment, v3_process_context& context) {
        context.state = V3_PROCESS_CTX_PROJECT_TIME_VALID | V3_PROCESS_CTX_BAR_POSITION_VALID | V3_PROCESS_CTX_TEMPO_VALID
            | V3_PROCESS_CTX_TIME_SIG_VALID | V3_PROCESS_CTX_CYCLE_VALID;
        if (moment.playing)
            context.state |= V3_PROCESS_CTX_PLAYING;
        if (moment.loopActive)
            context.state |= V3_PROCESS_CTX_CYCLE_ACTIVE;
        context.project_time_in_samples = moment.songFrame;
        context.project_time_quarters = moment.songQuarters;
        context.bar_position_quarters = moment.barStartQuarters;
        context.cycle_start_quarters = moment.loopStartQuarters;
        context.cycle_end_quarters = moment.loopEndQuarters;
        context.bpm = moment.tempoBpm;
        context.time_sig_numerator = moment.numerator;
        context.time_sig_denom = moment.denominator;
    }

    Application application_{kApplication, 0};
    InfoListener** listener_ = nullptr;
    void* library_ = nullptr;
    v3_plugin_factory** factory_ = nullptr;
    v3_component** component_ = nullptr;
    v3_audio_processor** processor_ = nullptr;
    v3_edit_controller** controller_ = nullptr;
    v3_param_id parameterOffset_ = 0;
    std::vector<Queue> changes_;
    std::int32_t mode_ = V3_REALTIME;
    double sampleRate_ = 48000;
    std::uint32_t block_ = 1024;
    bool active_ = false;
};

} // namespace

std::unique_ptr<PluginHost> openVst3Effect() {
    return std::make_unique<Vst3PluginHost>("grym-bridge");
}

std::unique_ptr<PluginHost> openVst3Instrument() {
    return std::make_unique<Vst3PluginHost>("grym-bridge-instrument");
}

} // namespace grym::test
