// Real-time: from what a host says about its transport to the points that the engine plays by.
// Nothing here allocates, locks, waits or throws.
#pragma once

#include <cstdint>

#include "engine/engine_types.hpp"

namespace grym::bridge {

/** One statement of the host, unrounded and uninterpreted; a value is only there where its flag is set. */
struct HostStatement {
    enum Flags : std::uint32_t {
        kPlaying = 1u << 0,
        kSong = 1u << 1,
        kBarStart = 1u << 2,
        kBarNumber = 1u << 3,
        kBarBeat = 1u << 4,
        kTempo = 1u << 5,
        kMetre = 1u << 6,
        kLoop = 1u << 7,
        kSongFrame = 1u << 8,
    };
    std::uint32_t frame = 0; // offset in the block
    std::uint32_t flags = 0;
    double songQuarters = 0;
    double barStartQuarters = 0;
    double barBeat = 0; // in the metre's unit
    double tempoBpm = 0;
    double beatsPerBar = 0;
    std::int32_t beatUnit = 0;
    std::int64_t barNumber = 0;
    double loopStartQuarters = 0;
    double loopEndQuarters = 0;
    std::int64_t songFrame = 0;
};

class TransportReader {
public:
    static constexpr std::uint32_t kMaximumPoints = 65; // 64 statements and one where the block begins

    /** Not while read() runs. */
    void prepare(double sampleRate) noexcept;

    /**
     * VST3 and CLAP (`held` false) state everything in every block; no statement means no transport. LV2 (`held`) only
     * speaks when something changes, so what was said is carried on; and it names bars and beats but no song position, which
     * is worked out (docs/decisions/020-dpf-patch.md).
     */
    std::uint32_t read(const HostStatement* statements, std::uint32_t count, bool held, std::uint32_t frames,
        engine::TransportPoint* points) noexcept;

private:
    engine::TransportPoint direct(const HostStatement& statement) noexcept;
    engine::TransportPoint fromBars(const HostStatement& statement, const engine::TransportPoint& predicted) noexcept;
    void placeSong(const HostStatement& statement, const engine::TransportPoint& predicted, engine::TransportPoint& point) noexcept;
    engine::TransportPoint advanced(const engine::TransportPoint& from, std::uint32_t frames) const noexcept;
    void takeMetre(const HostStatement& statement, engine::TransportPoint& point) noexcept;

    double sampleRate_ = 48000;
    bool spoken_ = false;          // held: there is something to carry on
    engine::TransportPoint last_;  // held: as of the first frame of the next block
    std::int32_t numerator_ = 0;   // the last metre that made sense
    std::int32_t denominator_ = 0;
    double tempoBpm_ = 0;
    bool metreVaried_ = false;
    bool tempoVaried_ = false;
};

} // namespace grym::bridge
