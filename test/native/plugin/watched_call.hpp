// Counts what a real-time call must not do: heap and lock calls inside a WatchedCall, system calls of a trapping thread.
#pragma once

#include <cstdint>

namespace grym::test {

/** While one lives, the C library's heap and lock functions are counted for this thread. */
class WatchedCall {
public:
    WatchedCall() noexcept;
    ~WatchedCall() noexcept;
    WatchedCall(const WatchedCall&) = delete;
    WatchedCall& operator=(const WatchedCall&) = delete;
};

struct ForbiddenCalls {
    std::uint64_t heap = 0;
    std::uint64_t lock = 0;
    std::uint64_t system = 0;
};
ForbiddenCalls forbiddenCalls() noexcept;

/** From here on each system call of this thread is counted and fails, but those that end it. False: no seccomp. */
bool trapSystemCallsOfThisThread();

} // namespace grym::test
