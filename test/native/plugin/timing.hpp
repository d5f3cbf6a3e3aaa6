// Times in tests: what must be quick is tried more than once, and compared with what the same machine needs for the whole of it.
#pragma once

#include <algorithm>
#include <chrono>

namespace grym::test {

template <typename Work>
std::chrono::milliseconds timeOf(Work work) {
    const auto before = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
}

/**
 * The shortest of up to three tries, as few as show less than `limit`: a busy machine holds up one of them, a wait of ours holds
 * up all. `attempt` times itself, so that it can prepare what it times.
 */
template <typename Attempt>
std::chrono::milliseconds quickestOf(Attempt attempt, std::chrono::milliseconds limit) {
    std::chrono::milliseconds quickest = attempt();
    for (int again = 0; again < 2 && quickest >= limit; ++again)
        quickest = std::min(quickest, attempt());
    return quickest;
}

} // namespace grym::test
