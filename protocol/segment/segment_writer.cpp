// Creation and destruction of a segment: everything that can fail happens here, off the audio thread.
#include "segment/segment_writer.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace grym::segment {
namespace {

constexpr double kFallbackCaptureSeconds = 15.0;
constexpr int kNameAttempts = 16;
constexpr std::uint64_t kAllocationStepBytes = 4ull << 20;
/** A capture leaves this much of /dev/shm to others: JACK and PipeWire keep their buffers there and die without room. */
constexpr std::uint64_t kReserveBytes = 4ull << 20;

struct SharedFile {
    std::string name;
    int descriptor = -1;
};

std::string megabytes(std::uint64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g s", value);
    return text;
}

bool randomName(std::string& name) {
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) return false;
    static constexpr char digits[] = "0123456789abcdef";
    std::string hexadecimal;
    for (const unsigned char byte : bytes) {
        hexadecimal += digits[byte >> 4];
        hexadecimal += digits[byte & 15];
    }
    // Tests tell their own segments from those of a running studio by the first digits.
    if (const char* prefix = std::getenv("GRYM_SHM_PREFIX")) {
        const std::string candidate = std::string("/grym-") + prefix + hexadecimal;
        name = candidate.substr(0, 6 + hexadecimal.size());
        if (std::strlen(prefix) <= 24 && isSegmentName(name)) return true;
    }
    name = "/grym-" + hexadecimal;
    return true;
}

/** A new file, locked before anybody could take it for an orphan. Negative descriptor: `errno` says why. */
SharedFile openLocked() {
    for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
        SharedFile file;
        if (!randomName(file.name)) return {};
        file.descriptor = shm_open(file.name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file.descriptor < 0) {
            if (errno == EEXIST) continue;
            return {};
        }
        if (flock(file.descriptor, LOCK_EX | LOCK_NB) == 0) return file;
        const int lockError = errno;
        shm_unlink(file.name.c_str());
        close(file.descriptor);
        errno = lockError;
        if (lockError != EWOULDBLOCK) return {}; // else a scan for orphans was faster: the next name
    }
    errno = EBUSY;
    return {};
}

bool isSet(const std::atomic<bool>* cancelled) { return cancelled != nullptr && cancelled->load(std::memory_order_relaxed); }

/**
 * Allocates in steps, because a signal interrupts posix_fallocate as a whole: a host that profiles itself by timer
 * signals would never get a big one done. Returns 0 or an errno value.
 */
int allocate(int descriptor, std::uint64_t bytes, const std::atomic<bool>* cancelled) {
    struct rlimit limit {};
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur)
        return EFBIG; // growing the file would raise SIGXFSZ, which ends the host
    for (std::uint64_t offset = 0; offset < bytes;) {
        if (isSet(cancelled)) return ECANCELED;
        const std::uint64_t step = bytes - offset < kAllocationStepBytes ? bytes - offset : kAllocationStepBytes;
        const int result = posix_fallocate(descriptor, static_cast<off_t>(offset), static_cast<off_t>(step));
        if (result == EINTR) continue;
        if (result != 0) return result;
        offset += step;
    }
    return 0;
}

bool leavesReserve(int descriptor, std::uint64_t bytes) {
    struct statvfs file {};
    if (fstatvfs(descriptor, &file) != 0 || file.f_blocks == 0) return true; // no limit on this file system
    const std::uint64_t available = static_cast<std::uint64_t>(file.f_bavail) * file.f_frsize;
    return available >= bytes && available - bytes >= kReserveBytes;
}

/** False: cancelled. */
bool touchPages(void* memory, std::uint64_t bytes, const std::atomic<bool>* cancelled) {
    const auto pageBytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    auto* const start = static_cast<unsigned char*>(memory);
    for (std::uint64_t offset = 0; offset < bytes; offset += pageBytes) {
        if (offset % kAllocationStepBytes == 0 && isSet(cancelled)) return false;
        reinterpret_cast<Word*>(start + offset)->fetch_or(0, std::memory_order_relaxed);
    }
    return true;
}

/** Swapped-out pages would make the audio thread wait. Only where locking takes no quota away from the host. */
void lockPagesWhereUnlimited(void* memory, std::uint64_t bytes) {
    struct rlimit limit {};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) static_cast<void>(mlock(memory, bytes));
}

void fillHeader(Header& header, const SegmentParameters& parameters, const Layout& layout) {
    header.headerBytes = sizeof(Header);
    header.totalBytes = layout.totalBytes;
    header.generation = parameters.generation;
    header.sampleRate = parameters.sampleRate;
    header.channels = kChannels;
    header.maximumBlock = parameters.maximumBlock;
    header.captureFrames = layout.captureFrames;
    header.captureOffset = layout.captureOffset;
    header.transportOffset = layout.transportOffset;
    header.transportRecords = kTransportRecords;
    header.commandRecords = kCommandRecords;
    header.commandOffset = layout.commandOffset;
    header.eventOffset = layout.eventOffset;
    header.eventRecords = kEventRecords;
    header.pluginProcessId = static_cast<std::uint32_t>(getpid());
    std::memcpy(header.bridgeId, parameters.bridgeId.c_str(), parameters.bridgeId.size() + 1);
    header.magic = kMagic;
    header.layoutVersion = kLayoutVersion;
}

bool parametersAreSound(const SegmentParameters& parameters, SegmentProblem& problem) {
    const char* field = nullptr;
    if (!(parameters.sampleRate >= kMinimumSampleRate && parameters.sampleRate <= kMaximumSampleRate)) field = "sample rate";
    else if (parameters.maximumBlock == 0 || parameters.maximumBlock > kMaximumBlockFrames) field = "maximum block";
    else if (!(parameters.captureSeconds >= 0 && parameters.captureSeconds <= kMaximumCaptureSeconds)) field = "capture length";
    else if (parameters.generation > kMaximumCounter) field = "generation";
    else if (parameters.bridgeId.size() >= sizeof(Header::bridgeId) ||
             parameters.bridgeId.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") != std::string::npos)
        field = "bridge id";
    if (field == nullptr) return true;
    problem = {EINVAL, std::string("The audio segment cannot be made: its ") + field + " is out of range."};
    return false;
}

/** Maps a file that is allocated in full, or gives null with `errorNumber` set. */
void* mapWhole(const SharedFile& file, const Layout& layout, int& errorNumber, const std::atomic<bool>* cancelled) {
    // The magic goes first: should this process die while it allocates, the leftover can be told to be ours.
    errorNumber = allocate(file.descriptor, sizeof(Header), cancelled);
    if (errorNumber != 0) return nullptr;
    if (pwrite(file.descriptor, &kMagic, sizeof kMagic, 0) != static_cast<ssize_t>(sizeof kMagic)) {
        errorNumber = EIO;
        return nullptr;
    }
    if (layout.captureFrames != 0 && !leavesReserve(file.descriptor, layout.totalBytes)) errorNumber = ENOSPC;
    else errorNumber = allocate(file.descriptor, layout.totalBytes, cancelled);
    if (errorNumber != 0) return nullptr;
    void* const memory = mmap(nullptr, layout.totalBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0);
    if (memory == MAP_FAILED) {
        errorNumber = errno;
        return nullptr;
    }
    if (!touchPages(memory, layout.totalBytes, cancelled)) {
        munmap(memory, layout.totalBytes);
        errorNumber = ECANCELED;
        return nullptr;
    }
    lockPagesWhereUnlimited(memory, layout.totalBytes);
    return memory;
}

} // namespace

std::unique_ptr<SegmentWriter> SegmentWriter::create(const SegmentParameters& parameters, SegmentProblem& problem,
                                                     const std::atomic<bool>* cancelled) {
    problem = {};
    if (!parametersAreSound(parameters, problem)) return nullptr;

    double attempts[3];
    int attemptCount = 0;
    if (parameters.captureSeconds > 0) attempts[attemptCount++] = parameters.captureSeconds;
    if (parameters.captureSeconds > kFallbackCaptureSeconds) attempts[attemptCount++] = kFallbackCaptureSeconds;
    attempts[attemptCount++] = 0;

    int firstError = 0;
    const std::uint64_t wantedBytes = computeLayout(captureRingFrames(parameters.captureSeconds, parameters.sampleRate)).totalBytes;
    for (int attempt = 0; attempt < attemptCount; ++attempt) {
        const SharedFile file = openLocked();
        if (file.descriptor < 0) {
            problem = {errno, std::string("Shared memory cannot be opened: ") + std::strerror(errno) + "."};
            return nullptr;
        }
        Layout layout = computeLayout(captureRingFrames(attempts[attempt], parameters.sampleRate));
        int errorNumber = 0;
        void* const memory = mapWhole(file, layout, errorNumber, cancelled);
        if (memory == nullptr) {
            shm_unlink(file.name.c_str());
            close(file.descriptor);
            if (errorNumber == ECANCELED) {
                problem = {ECANCELED, "The audio segment was not wanted any more."};
                return nullptr;
            }
            if (firstError == 0) firstError = errorNumber;
            continue;
        }
        layout.generation = parameters.generation;
        layout.sampleRate = parameters.sampleRate;
        layout.maximumBlock = parameters.maximumBlock;
        layout.pluginProcessId = static_cast<std::uint32_t>(getpid());
        layout.bridgeId = parameters.bridgeId;
        fillHeader(*new (memory) Header{}, parameters, layout);
        if (attempt > 0) {
            const std::string consequence = attempts[attempt] > 0
                                                ? "only the last " + seconds(attempts[attempt]) + " are kept."
                                                : "nothing of the input is kept, everything else works.";
            problem = {firstError, "A capture of " + seconds(parameters.captureSeconds) + " needs " + megabytes(wantedBytes) +
                                       " of shared memory, which is not free (" + std::strerror(firstError) + "): " + consequence};
        }
        return std::unique_ptr<SegmentWriter>(new SegmentWriter(file.name, file.descriptor, memory, std::move(layout)));
    }
    problem = {firstError, std::string("There is no shared memory left for the audio segment (") + std::strerror(firstError) +
                               "): slots play, but the daemon neither hears this track nor launches slots by command."};
    return nullptr;
}

SegmentWriter::SegmentWriter(std::string name, int descriptor, void* memory, Layout layout)
    : layout_(std::move(layout)), name_(std::move(name)), descriptor_(descriptor), memory_(memory) {
    auto* const start = static_cast<unsigned char*>(memory_);
    header_ = static_cast<Header*>(memory_);
    capture_ = reinterpret_cast<Word*>(start + layout_.captureOffset);
    transport_ = reinterpret_cast<Word*>(start + layout_.transportOffset);
    commands_ = reinterpret_cast<Word*>(start + layout_.commandOffset);
    events_ = reinterpret_cast<Word*>(start + layout_.eventOffset);
    captureLength_ = layout_.captureFrames;
}

SegmentWriter::~SegmentWriter() {
    shm_unlink(name_.c_str());
    munmap(memory_, layout_.totalBytes);
    close(descriptor_); // the lock goes with it
}

} // namespace grym::segment
