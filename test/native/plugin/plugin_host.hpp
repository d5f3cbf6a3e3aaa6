// A host as small as can be, the same for every format: what a test says about the transport goes through the format's own
// structures into the real bundle.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grym::test {

/** The host's transport at one frame of a block. */
struct HostMoment {
    std::uint32_t frame = 0;
    bool playing = true;
    double songQuarters = 0;
    double barStartQuarters = 0;
    std::int32_t barNumber = 0;
    double tempoBpm = 120;
    std::int32_t numerator = 4;
    std::int32_t denominator = 4;
    bool loopActive = false;
    double loopStartQuarters = 0;
    double loopEndQuarters = 0;
    std::int64_t songFrame = 0;
};

struct HostNote {
    std::uint32_t frame = 0;
    std::uint8_t status = 0x90;
    std::uint8_t key = 0;
    std::uint8_t velocity = 100;
};

class PluginHost {
public:
    virtual ~PluginHost() = default;
    /** Whether the format can say more than one thing about the transport in one block. */
    virtual bool speaksInsideBlocks() const = 0;
    /** Whether the format repeats the transport in every block. */
    virtual bool speaksInEveryBlock() const = 0;
    /** As far as a host goes before the activation. */
    virtual void prepare(double sampleRate, std::uint32_t maximumBlock) = 0;
    virtual void activate(double sampleRate, std::uint32_t maximumBlock) = 0;
    virtual void deactivate() = 0;
    virtual void setOffline(bool offline) = 0;
    virtual void setParameter(std::uint32_t index, double value) = 0;
    virtual double parameter(std::uint32_t index) = 0;
    /** `inputValue` in; `left` and `right` come out. No moments: nothing is said about the transport. */
    virtual void process(std::uint32_t frames, const std::vector<HostMoment>& moments, const std::vector<HostNote>& notes) = 0;
    /** Calls that no host should make: missing and surplus channels, parameters and blocks that were not announced, bad numbers. */
    virtual void breakRules() = 0;
    /** The host tells the name of the track, where its format can. */
    virtual void nameTrack(const std::string&) {}
    /** What the plugin keeps in the host's project, without the format's wrapping. */
    virtual std::string bridgeState() = 0;
    virtual void setBridgeState(const std::string& json) = 0;
    /** Whole state out of one instance into another: as the format stores it. */
    virtual std::string saveState() = 0;
    virtual void loadState(const std::string& state) = 0;

    float inputValue = 0;
    std::vector<float> left;
    std::vector<float> right;
};

// Each loads the bundle that the build has made; throws std::runtime_error where it cannot.
std::unique_ptr<PluginHost> openLv2();
std::unique_ptr<PluginHost> openClap();
std::unique_ptr<PluginHost> openVst3Effect();
std::unique_ptr<PluginHost> openVst3Instrument();

/** $GRYM_PLUGIN_FOLDER, else where the build puts the bundles. */
std::string bundlePath(const std::string& inside);

// DPF's own text inside VST3 and CLAP states: zero-ended keys and values.
std::string wrapBridgeState(const std::string& json);
std::string unwrapBridgeState(const std::string& state);

} // namespace grym::test
