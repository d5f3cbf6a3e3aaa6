// Real-time: a wait-free queue from one thread to one other. Nothing here allocates, locks, makes a system call or waits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace grym::engine {

/** Ring of `Capacity` (a power of two) plain values. push(): one thread; pop(): one thread. */
template <typename Value, std::size_t Capacity>
class Mailbox {
    static_assert((Capacity & (Capacity - 1)) == 0 && std::is_trivially_copyable_v<Value>);

public:
    /** False: full, nothing was stored. */
    bool push(const Value& value) noexcept {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        if (head - tail_.load(std::memory_order_acquire) >= Capacity) return false;
        values_[head & (Capacity - 1)] = value;
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    /** False: empty, `value` is untouched. */
    bool pop(Value& value) noexcept {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (head_.load(std::memory_order_acquire) == tail) return false;
        value = values_[tail & (Capacity - 1)];
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

private:
    alignas(64) std::atomic<std::uint64_t> head_{0};
    alignas(64) std::atomic<std::uint64_t> tail_{0};
    alignas(64) std::array<Value, Capacity> values_{};
};

} // namespace grym::engine
