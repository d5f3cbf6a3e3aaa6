// Real-time: measures how late the host calls. Reads no clock: the caller brings the time.
#pragma once

#include <cstdint>

namespace grym::engine {

/**
 * Compares each call with a host that would call steadily at the sample rate. A plugin cannot see a missed deadline,
 * only that it was called late; small deviations are forgotten over some blocks, so that a sound card's clock that
 * differs from the computer's does not add up to one.
 */
class LateCalls {
public:
    void prepare(double sampleRate) noexcept;
    void forget() noexcept { anchored_ = false; }
    /** Milliseconds by which this call came later than expected; 0 where it was not notably late. */
    double notice(std::uint64_t monotonicNanoseconds, std::uint32_t frames) noexcept;

private:
    double nanosecondsPerFrame_ = 1e9 / 48000;
    bool anchored_ = false;
    std::uint64_t lastNanoseconds_ = 0;
    double expectedAfterNanoseconds_ = 0; // after the last call, when the next one is expected
};

} // namespace grym::engine
