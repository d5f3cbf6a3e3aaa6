#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>

#include <dlfcn.h>
#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include "plugin_host.hpp"
#include "watched_call.hpp"

namespace grym::test {
namespace {

constexpr std::uint32_t kEventsIn = 4;
constexpr std::uint32_t kEventsOut = 5;
constexpr std::uint32_t kFreeWheel = 6;
constexpr std::uint32_t kTransportIn = 7;
constexpr std::uint32_t kFirstParameter = 8;
constexpr std::uint32_t kParameters = 12;
constexpr std::size_t kEventBytes = 16384;

std::map<std::string, LV2_URID>& uridMap() {
    static std::map<std::string, LV2_URID> map;
    return map;
}

LV2_URID mapUri(LV2_URID_Map_Handle, const char* uri) {
    return uridMap().emplace(uri, static_cast<LV2_URID>(uridMap().size() + 1)).first->second;
}

class Lv2PluginHost : public PluginHost {
public:
    Lv2PluginHost() {
        library_ = ::dlopen(bundlePath("lv2/grym-bridge.lv2/grym-bridge_dsp.so").c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr)
            throw std::runtime_error(::dlerror());
        const auto describe = reinterpret_cast<const LV2_Descriptor* (*)(std::uint32_t)>(::dlsym(library_, "lv2_descriptor"));
        descriptor_ = describe(0);
        lv2_atom_forge_init(&forge_, &map_);
        parameters_ = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4};
        // LV2 names the sample rate when the plugin is made.
        make(48000, 1024);
    }
    ~Lv2PluginHost() override {
        if (active_)
            descriptor_->deactivate(handle_);
        descriptor_->cleanup(handle_);
        ::dlclose(library_);
    }
    bool speaksInsideBlocks() const override { return true; }
    bool speaksInEveryBlock() const override { return false; }
    void prepare(double sampleRate, std::uint32_t maximumBlock) override {
        if (sampleRate != sampleRate_ || maximumBlock != block_) {
            descriptor_->cleanup(handle_);
            make(sampleRate, maximumBlock);
        }
    }
    void activate(double sampleRate, std::uint32_t maximumBlock) override {
        prepare(sampleRate, maximumBlock);
        descriptor_->activate(handle_);
        active_ = true;
    }
    void deactivate() override {
        descriptor_->deactivate(handle_);
        active_ = false;
    }
    void setOffline(bool offline) override { freeWheel_ = offline ? 1.0f : 0.0f; }
    void setParameter(std::uint32_t index, double value) override { parameters_[index] = static_cast<float>(value); }
    double parameter(std::uint32_t index) override { return parameters_[index]; }

    void process(std::uint32_t frames, const std::vector<HostMoment>& moments, const std::vector<HostNote>& notes) override {
        forgeEvents(moments, notes);
        auto* out = reinterpret_cast<LV2_Atom_Sequence*>(eventsOut_.data());
        out->atom.size = static_cast<std::uint32_t>(kEventBytes - sizeof(LV2_Atom));
        out->atom.type = 0;
        std::vector<float> input(frames, inputValue);
        left.assign(frames, 0.0f);
        right.assign(frames, 0.0f);
        descriptor_->connect_port(handle_, 0, input.data());
        descriptor_->connect_port(handle_, 1, input.data());
        descriptor_->connect_port(handle_, 2, left.data());
        descriptor_->connect_port(handle_, 3, right.data());
        const WatchedCall watch;
        descriptor_->run(handle_, frames);
    }

    void breakRules() override {
        forgeSequence(eventsIn_, [] {});
        forgeSequence(transportIn_, [this] {
            for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1e300, 1e300})
                forgeNonsense(value);
        });
        std::vector<float> buffer(block_);
        for (std::uint32_t port = 0; port < 4; ++port)
            descriptor_->connect_port(handle_, port, buffer.data());
        descriptor_->run(handle_, block_);
    }

    std::string saveState() override {
        std::map<LV2_URID, std::string> stored;
        state()->save(
            handle_,
            [](LV2_State_Handle handle, std::uint32_t key, const void* value, std::size_t size, std::uint32_t, std::uint32_t) {
                (*static_cast<std::map<LV2_URID, std::string>*>(handle))[key] = std::string(static_cast<const char*>(value), size);
                return LV2_STATE_SUCCESS;
            },
            &stored, 0, nullptr);
        return stored.at(mapUri(nullptr, "urn:grym:bridge:bridge")).c_str();
    }
    void loadState(const std::string& saved) override {
        state()->restore(
            handle_,
            [](LV2_State_Handle handle, std::uint32_t key, std::size_t* size, std::uint32_t* type, std::uint32_t* flags) -> const void* {
                const auto& text = *static_cast<const std::string*>(handle);
                if (key != mapUri(nullptr, "urn:grym:bridge:bridge"))
                    return nullptr;
                *size = text.size() + 1;
                *type = mapUri(nullptr, LV2_ATOM__String);
                *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
                return text.c_str();
            },
            const_cast<std::string*>(&saved), 0, nullptr);
    }
    std::string bridgeState() override { return saveState(); }
    void setBridgeState(const std::string& json) override { loadState(json); }

private:
    const LV2_State_Interface* state() { return static_cast<const LV2_State_Interface*>(descriptor_->extension_data(LV2_STATE__interface)); }

    void make(double sampleRate, std::uint32_t block) {
        sampleRate_ = sampleRate;
        block_ = block;
        const auto blockLength = static_cast<std::int32_t>(block);
        const LV2_URID integer = mapUri(nullptr, LV2_ATOM__Int);
        const LV2_Options_Option options[] = {
            {LV2_OPTIONS_INSTANCE, 0, mapUri(nullptr, LV2_BUF_SIZE__maxBlockLength), sizeof(blockLength), integer, &blockLength},
            {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, nullptr}};
        const LV2_Feature mapFeature{LV2_URID__map, &map_};
        const LV2_Feature optionsFeature{LV2_OPTIONS__options, const_cast<LV2_Options_Option*>(options)};
        const LV2_Feature workerFeature{LV2_WORKER__schedule, &worker_};
        const LV2_Feature* features[] = {&mapFeature, &optionsFeature, &workerFeature, nullptr};
        handle_ = descriptor_->instantiate(descriptor_, sampleRate, bundlePath("lv2/grym-bridge.lv2/").c_str(), features);
        if (handle_ == nullptr)
            throw std::runtime_error("the LV2 plugin does not start");
        descriptor_->connect_port(handle_, kEventsIn, eventsIn_.data());
        descriptor_->connect_port(handle_, kEventsOut, eventsOut_.data());
        descriptor_->connect_port(handle_, kFreeWheel, &freeWheel_);
        descriptor_->connect_port(handle_, kTransportIn, transportIn_.data());
        for (std::uint32_t index = 0; index < kParameters; ++index)
            descriptor_->connect_port(handle_, kFirstParameter + index, &parameters_[index]);
    }

    void forgeEvents(const std::vector<HostMoment>& moments, const std::vector<HostNote>& notes) {
        forgeSequence(eventsIn_, [&] {
            for (const HostNote& note : notes)
                forgeNote(note);
        });
        forgeSequence(transportIn_, [&] {
            for (const HostMoment& moment : moments)
                forgePosition(moment);
        });
    }

    template <typename Write> void forgeSequence(std::array<std::uint8_t, kEventBytes>& port, Write write) {
        lv2_atom_forge_set_buffer(&forge_, port.data(), port.size());
        LV2_Atom_Forge_Frame sequence;
        lv2_atom_forge_sequence_head(&forge_, &sequence, 0);
        write();
        lv2_atom_forge_pop(&forge_, &sequence);
    }

    void forgeNote(const HostNote& note) {
        const std::uint8_t bytes[3] = {note.status, note.key, note.velocity};
        lv2_atom_forge_frame_time(&forge_, note.frame);
        lv2_atom_forge_atom(&forge_, 3, mapUri(nullptr, LV2_MIDI__MidiEvent));
        lv2_atom_forge_write(&forge_, bytes, 3);
    }

    /** As Ardour writes it: floats for beats and tempo, longs for bar and frame. */
    void forgePosition(const HostMoment& moment) {
        lv2_atom_forge_frame_time(&forge_, moment.frame);
        LV2_Atom_Forge_Frame object;
        lv2_atom_forge_object(&forge_, &object, 0, mapUri(nullptr, LV2_TIME__Position));
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__frame));
        lv2_atom_forge_long(&forge_, moment.songFrame);
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__speed));
        lv2_atom_forge_float(&forge_, moment.playing ? 1.0f : 0.0f);
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__barBeat));
        lv2_atom_forge_float(&forge_, static_cast<float>((moment.songQuarters - moment.barStartQuarters) * moment.denominator / 4.0));
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__bar));
        lv2_atom_forge_long(&forge_, moment.barNumber);
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__beatUnit));
        lv2_atom_forge_int(&forge_, moment.denominator);
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__beatsPerBar));
        lv2_atom_forge_float(&forge_, static_cast<float>(moment.numerator));
        lv2_atom_forge_key(&forge_, mapUri(nullptr, LV2_TIME__beatsPerMinute));
        lv2_atom_forge_float(&forge_, static_cast<float>(moment.tempoBpm));
        lv2_atom_forge_pop(&forge_, &object);
    }

    /** The same number for everything, as a double. */
    void forgeNonsense(double value) {
        lv2_atom_forge_frame_time(&forge_, 0);
        LV2_Atom_Forge_Frame object;
        lv2_atom_forge_object(&forge_, &object, 0, mapUri(nullptr, LV2_TIME__Position));
        for (const char* key : {LV2_TIME__frame, LV2_TIME__speed, LV2_TIME__barBeat, LV2_TIME__bar, LV2_TIME__beatUnit, LV2_TIME__beatsPerBar, LV2_TIME__beatsPerMinute}) {
            lv2_atom_forge_key(&forge_, mapUri(nullptr, key));
            lv2_atom_forge_double(&forge_, value);
        }
        lv2_atom_forge_pop(&forge_, &object);
    }

    void* library_ = nullptr;
    const LV2_Descriptor* descriptor_ = nullptr;
    LV2_Handle handle_ = nullptr;
    LV2_URID_Map map_{nullptr, &mapUri};
    LV2_Worker_Schedule worker_{nullptr, [](LV2_Worker_Schedule_Handle, std::uint32_t, const void*) { return LV2_WORKER_SUCCESS; }};
    LV2_Atom_Forge forge_{};
    alignas(8) std::array<std::uint8_t, kEventBytes> eventsIn_{};
    alignas(8) std::array<std::uint8_t, kEventBytes> transportIn_{};
    alignas(8) std::array<std::uint8_t, kEventBytes> eventsOut_{};
    std::array<float, kParameters> parameters_{};
    float freeWheel_ = 0;
    double sampleRate_ = 0;
    std::uint32_t block_ = 0;
    bool active_ = false;
};

} // namespace

std::unique_ptr<PluginHost> openLv2() {
    return std::make_unique<Lv2PluginHost>();
}

} // namespace grym::test
