// The bare memory of a segment, for tests that write into it what no honest end would.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/audio_segment.hpp"

namespace grym::segment::test {

class RawSegment {
public:
    explicit RawSegment(const std::string& name) : descriptor_(shm_open(name.c_str(), O_RDWR, 0)) {
        struct stat facts {};
        if (descriptor_ < 0 || fstat(descriptor_, &facts) != 0) fail();
        bytes_ = static_cast<std::size_t>(facts.st_size);
        memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
        if (memory_ == MAP_FAILED) fail();
    }
    ~RawSegment() {
        munmap(memory_, bytes_);
        close(descriptor_);
    }
    RawSegment(const RawSegment&) = delete;
    RawSegment& operator=(const RawSegment&) = delete;

    Header& header() { return *static_cast<Header*>(memory_); }
    unsigned char* bytes() { return static_cast<unsigned char*>(memory_); }
    std::size_t size() const { return bytes_; }
    int descriptor() const { return descriptor_; }

private:
    [[noreturn]] static void fail() {
        std::perror("raw segment");
        std::exit(2);
    }
    int descriptor_;
    std::size_t bytes_ = 0;
    void* memory_ = nullptr;
};

} // namespace grym::segment::test
