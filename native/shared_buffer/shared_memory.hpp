// Anonymous memory that two processes share by a file descriptor. It has no name anywhere, so that nothing of it is left when both have
// ended, however they ended. Linux only; elsewhere each function says so (elsewhere.cpp).
#pragma once

#include <cstddef>
#include <string>

namespace grym::shared_buffer {

/** More than any request or reply of a model needs. */
constexpr std::size_t kMaximumBytes = std::size_t{1} << 32;

struct Problem {
    int errorNumber = 0;
    std::string message;
};

/**
 * A file descriptor of `bytes` bytes, all of them allocated, 0 to begin with; −1 with a problem. Closed in programs that are started
 * later, except in those that get it by number. It can grow and never shrink, which is sealed: who has mapped it never meets SIGBUS.
 */
int create(std::size_t bytes, Problem& problem);

/** How large it is; false with a problem where the descriptor is no memory of `create`. */
bool sizeOf(int descriptor, std::size_t& bytes, Problem& problem);

/** Makes it at least that large. Allocates what it grows by, so that a lack of memory is told here. */
bool grow(int descriptor, std::size_t bytes, Problem& problem);

/** Its first `bytes` bytes, which must be there; null with a problem. */
void* map(int descriptor, std::size_t bytes, Problem& problem);
void unmap(void* address, std::size_t bytes);

bool close(int descriptor, Problem& problem);

} // namespace grym::shared_buffer
