#include "shared_memory.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace grym::shared_buffer {
namespace {

/** Shown in /proc/<pid>/maps and /proc/<pid>/fd. */
constexpr const char* kLabel = "grym-model";
/** A signal that comes in the middle interrupts the allocation; it is begun again, not for ever. */
constexpr int kMaximumAttempts = 100;

void tell(Problem& problem, int errorNumber, const char* what) {
    problem.errorNumber = errorNumber;
    problem.message = std::string(what) + ": " + std::strerror(errorNumber);
}

bool allocate(int descriptor, std::size_t from, std::size_t to, Problem& problem) {
    int result = EINTR;
    for (int attempt = 0; result == EINTR && attempt < kMaximumAttempts; ++attempt)
        result = posix_fallocate(descriptor, static_cast<off_t>(from), static_cast<off_t>(to - from));
    if (result != 0) tell(problem, result, "the shared memory could not be made larger");
    return result == 0;
}

bool isInRange(std::size_t bytes, Problem& problem) {
    if (bytes >= 1 && bytes <= kMaximumBytes) return true;
    tell(problem, EINVAL, "the size of shared memory is out of range");
    return false;
}

} // namespace

int create(std::size_t bytes, Problem& problem) {
    if (!isInRange(bytes, problem)) return -1;
    const int descriptor = memfd_create(kLabel, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) {
        tell(problem, errno, "shared memory could not be made");
        return -1;
    }
    if (!allocate(descriptor, 0, bytes, problem)) {
        ::close(descriptor);
        return -1;
    }
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        tell(problem, errno, "the shared memory could not be sealed");
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

bool sizeOf(int descriptor, std::size_t& bytes, Problem& problem) {
    const int seals = fcntl(descriptor, F_GET_SEALS);
    struct stat facts{};
    if (seals < 0 || fstat(descriptor, &facts) != 0) {
        tell(problem, errno, "the file descriptor is no shared memory");
        return false;
    }
    if ((seals & F_SEAL_SHRINK) == 0 || facts.st_size < 0) {
        tell(problem, EPERM, "the shared memory could become smaller");
        return false;
    }
    bytes = static_cast<std::size_t>(facts.st_size);
    return true;
}

bool grow(int descriptor, std::size_t bytes, Problem& problem) {
    std::size_t size = 0;
    if (!isInRange(bytes, problem) || !sizeOf(descriptor, size, problem)) return false;
    return bytes <= size || allocate(descriptor, size, bytes, problem);
}

void* map(int descriptor, std::size_t bytes, Problem& problem) {
    std::size_t size = 0;
    if (!isInRange(bytes, problem) || !sizeOf(descriptor, size, problem)) return nullptr;
    if (bytes > size) {
        tell(problem, EINVAL, "more was to be mapped than the shared memory holds");
        return nullptr;
    }
    void* const address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (address != MAP_FAILED) return address;
    tell(problem, errno, "the shared memory could not be mapped");
    return nullptr;
}

void unmap(void* address, std::size_t bytes) { munmap(address, bytes); }

bool close(int descriptor, Problem& problem) {
    std::size_t size = 0;
    if (!sizeOf(descriptor, size, problem)) return false; // never a descriptor of somebody else
    ::close(descriptor);
    return true;
}

} // namespace grym::shared_buffer
