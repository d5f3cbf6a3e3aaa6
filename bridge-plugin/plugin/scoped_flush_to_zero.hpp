// Real-time: denormals are zero while this lives; the host's own setting comes back afterwards.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace grym::bridge {

class ScopedFlushToZero {
public:
#if defined(__SSE__)
    ScopedFlushToZero() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); } // FTZ and DAZ
    ~ScopedFlushToZero() noexcept { _mm_setcsr(before_); }

private:
    unsigned before_;
#elif defined(__aarch64__)
    ScopedFlushToZero() noexcept {
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("msr fpcr, %0" : : "r"(before_ | (std::uint64_t{1} << 24)));
    }
    ~ScopedFlushToZero() noexcept { asm volatile("msr fpcr, %0" : : "r"(before_)); }

private:
    std::uint64_t before_;
#else
    ScopedFlushToZero() noexcept = default;
#endif

public:
    ScopedFlushToZero(const ScopedFlushToZero&) = delete;
    ScopedFlushToZero& operator=(const ScopedFlushToZero&) = delete;
};

} // namespace grym::bridge
