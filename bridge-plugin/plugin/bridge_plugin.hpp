// The plugin as DPF sees it: translates between the formats and the session. run() is real-time.
#pragma once

#include <atomic>
#include <memory>

#include "DistrhoPlugin.hpp"

#include "parameters.hpp"
#include "session/bridge_session.hpp"
#include "session/transport_reader.hpp"

START_NAMESPACE_DISTRHO

class BridgePlugin : public Plugin {
public:
    BridgePlugin();

protected:
    const char* getLabel() const override { return "grym_bridge"; }
    const char* getDescription() const override { return "Connects a track to grym-synth: captures it, and plays generated clips in time."; }
    const char* getMaker() const override { return "grym-synth"; }
    const char* getLicense() const override { return "MIT"; }
    uint32_t getVersion() const override;
    int64_t getUniqueId() const override;

    void initAudioPort(bool input, uint32_t index, AudioPort& port) override;
    void initParameter(uint32_t index, Parameter& parameter) override;
    void initState(uint32_t index, State& state) override;

    float getParameterValue(uint32_t index) const override;
    void setParameterValue(uint32_t index, float value) override;
    void setState(const char* key, const char* value) override;
    String getState(const char* key) const override;

    void hostNamed(const char* name) override;
    void trackNamed(const char* name) override;
    void activate() override;
    void deactivate() override;
#if DISTRHO_PLUGIN_WANT_MIDI_INPUT
    void run(const float** inputs, float** outputs, uint32_t frames, const MidiEvent* events, uint32_t eventCount) override;
#else
    void run(const float** inputs, float** outputs, uint32_t frames) override;
#endif

private:
    void process(const float** inputs, float** outputs, uint32_t frames, const grym::engine::MidiMessage* midi, uint32_t midiCount);
    grym::engine::Settings settings() const;
    uint32_t readTransport(uint32_t frames);

    // Hosts read and write parameters from several threads.
    std::atomic<float> values_[grym::bridge::kParameterCount];
    std::unique_ptr<grym::bridge::BridgeSession> session_; // null in an instance that only shows its metadata
    grym::bridge::TransportReader transport_;
    grym::engine::TransportPoint points_[grym::bridge::TransportReader::kMaximumPoints];
    double transportRate_ = 0;

    DISTRHO_DECLARE_NON_COPYABLE_WITH_LEAK_DETECTOR(BridgePlugin)
};

END_NAMESPACE_DISTRHO
