// A float32 stereo WAV file that exists whole or not at all: temporary file, fsync, rename, fsync of the folder.
#pragma once

#include <cstdint>
#include <string>

namespace grym::segment {

class CaptureFile {
public:
    CaptureFile(std::string folder, std::string fileName);
    /** Removes the temporary file unless it was published. */
    ~CaptureFile();
    CaptureFile(const CaptureFile&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;

    // Each returns 0 or an errno value.
    int begin(double sampleRate, std::uint64_t frames);
    int append(const void* bytes, std::uint64_t count);
    int publish();

    const std::string& path() const { return path_; }

private:
    std::string folder_;
    std::string path_;
    std::string temporaryPath_;
    int descriptor_ = -1;
    bool published_ = false;
};

} // namespace grym::segment
