// Real-time: nothing here allocates, locks, makes a system call or waits.
#include "late_calls.hpp"

#include <algorithm>

namespace grym::engine {
namespace {

constexpr double kNotableNanoseconds = 2e6; // less is the scheduler's everyday jitter
constexpr double kPauseNanoseconds = 2e9;   // more: the host has paused processing
constexpr double kForgottenPerBlock = 0.05;

} // namespace

void LateCalls::prepare(double sampleRate) noexcept {
    nanosecondsPerFrame_ = 1e9 / sampleRate;
    forget();
}

double LateCalls::notice(std::uint64_t monotonicNanoseconds, std::uint32_t frames) noexcept {
    const double blockNanoseconds = frames * nanosecondsPerFrame_;
    if (monotonicNanoseconds == 0) {
        forget();
        return 0;
    }
    const bool usable = anchored_ && monotonicNanoseconds >= lastNanoseconds_;
    const double elapsed = usable ? static_cast<double>(monotonicNanoseconds - lastNanoseconds_) : 0;
    lastNanoseconds_ = monotonicNanoseconds;
    anchored_ = true;
    double late = elapsed - expectedAfterNanoseconds_;
    if (!usable || elapsed > kPauseNanoseconds) late = 0;
    const bool notable = late > std::max(kNotableNanoseconds, blockNanoseconds);
    // Early calls, and a late one that has been reported, set the steady host's clock anew.
    const double carried = late < 0 || notable ? 0 : late * (1 - kForgottenPerBlock);
    expectedAfterNanoseconds_ = blockNanoseconds - carried;
    return notable ? late / 1e6 : 0;
}

} // namespace grym::engine
