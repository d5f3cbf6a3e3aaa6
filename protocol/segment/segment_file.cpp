#include "segment/segment_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace grym::segment {

SegmentFile SegmentFile::open(const std::string& name, SegmentProblem& problem) {
    problem = {};
    if (!isSegmentName(name)) {
        problem = {EINVAL, "A segment's name is /grym- and 32 lower-case hexadecimal digits."};
        return {};
    }
    const int descriptor = shm_open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
    if (descriptor < 0) {
        problem = {errno, "The segment " + name + " cannot be opened: " + std::strerror(errno) + "."};
        return {};
    }
    SegmentFile file(descriptor, 0);
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        problem = {EPROTO, "The segment " + name + " is not a regular file."};
        return {};
    }
    if (facts.st_uid != geteuid() || (facts.st_mode & 077) != 0) {
        problem = {EACCES, "The segment " + name + " does not belong to this user alone."};
        return {};
    }
    if (facts.st_nlink == 0) {
        problem = {ENOENT, "The segment " + name + " has just been removed."};
        return {};
    }
    file.bytes_ = static_cast<std::uint64_t>(facts.st_size);
    return file;
}

SegmentFile::SegmentFile(SegmentFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(std::exchange(other.bytes_, 0)) {}

SegmentFile& SegmentFile::operator=(SegmentFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

SegmentFile::~SegmentFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

int SegmentFile::release() { return std::exchange(descriptor_, -1); }

bool SegmentFile::readAt(std::uint64_t offset, void* target, std::uint64_t count) const {
    auto* bytes = static_cast<unsigned char*>(target);
    while (count > 0) {
        const ssize_t got = pread(descriptor_, bytes, count, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        offset += static_cast<std::uint64_t>(got);
        count -= static_cast<std::uint64_t>(got);
    }
    return true;
}

bool SegmentFile::readHeader(Header& header, SegmentProblem& problem) const {
    if (bytes_ < sizeof(Header) || !readAt(0, static_cast<void*>(&header), sizeof(Header))) {
        problem = {EPROTO, "The segment is shorter than a header."};
        return false;
    }
    return true;
}

} // namespace grym::segment
