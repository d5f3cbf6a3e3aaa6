// Memory for a whole clip takes the system long to give; it is taken in steps, so that an instance that goes need not wait.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

namespace grym::bridge {

inline constexpr std::size_t kGrowStepBytes = 4 * 1024 * 1024;

/** Grows `values` to `count`, zeroed, without moving it on the way. False: `cancelled` was set. */
template <typename Value>
bool growTo(std::vector<Value>& values, std::size_t count, const std::atomic<bool>& cancelled) {
    values.reserve(count);
    while (values.size() < count && !cancelled)
        values.resize(std::min(count, values.size() + kGrowStepBytes / sizeof(Value)));
    return !cancelled;
}

} // namespace grym::bridge
