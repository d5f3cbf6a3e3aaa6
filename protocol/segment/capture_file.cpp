#include "segment/capture_file.hpp"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace grym::segment {
namespace {

constexpr std::uint32_t kChannelCount = 2;
constexpr std::uint32_t kSampleBytes = sizeof(float);
constexpr std::uint32_t kFrameBytesInFile = kChannelCount * kSampleBytes;
constexpr std::uint16_t kFormatFloat = 3; // WAVE_FORMAT_IEEE_FLOAT, which asks for a `fact` chunk

#pragma pack(push, 1)
struct WavHeader {
    char riff[4] = {'R', 'I', 'F', 'F'};
    std::uint32_t riffBytes = 0;
    char wave[4] = {'W', 'A', 'V', 'E'};
    char format[4] = {'f', 'm', 't', ' '};
    std::uint32_t formatBytes = 18;
    std::uint16_t formatTag = kFormatFloat;
    std::uint16_t channels = kChannelCount;
    std::uint32_t sampleRate = 0;
    std::uint32_t bytesPerSecond = 0;
    std::uint16_t blockAlign = kFrameBytesInFile;
    std::uint16_t bitsPerSample = 8 * kSampleBytes;
    std::uint16_t extensionBytes = 0;
    char fact[4] = {'f', 'a', 'c', 't'};
    std::uint32_t factBytes = 4;
    std::uint32_t factFrames = 0;
    char data[4] = {'d', 'a', 't', 'a'};
    std::uint32_t dataBytes = 0;
};
#pragma pack(pop)
static_assert(sizeof(WavHeader) == 58);

} // namespace

CaptureFile::CaptureFile(std::string folder, std::string fileName)
    : folder_(std::move(folder)), path_(folder_ + "/" + fileName),
      temporaryPath_(folder_ + "/." + fileName + ".partial-" + std::to_string(getpid())) {}

CaptureFile::~CaptureFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    if (!published_) unlink(temporaryPath_.c_str());
}

int CaptureFile::begin(double sampleRate, std::uint64_t frames) {
    const std::uint64_t dataBytes = frames * kFrameBytesInFile;
    if (dataBytes > UINT32_MAX - sizeof(WavHeader)) return EFBIG;
    unlink(temporaryPath_.c_str()); // left by a process of the same id that was killed
    descriptor_ = open(temporaryPath_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return errno;
    WavHeader header;
    header.dataBytes = static_cast<std::uint32_t>(dataBytes);
    header.riffBytes = static_cast<std::uint32_t>(sizeof(WavHeader) - 8 + dataBytes);
    header.sampleRate = static_cast<std::uint32_t>(std::lround(sampleRate));
    header.bytesPerSecond = header.sampleRate * kFrameBytesInFile;
    header.factFrames = static_cast<std::uint32_t>(frames);
    return append(&header, sizeof header);
}

int CaptureFile::append(const void* bytes, std::uint64_t count) {
    const auto* next = static_cast<const unsigned char*>(bytes);
    while (count > 0) {
        const ssize_t written = write(descriptor_, next, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        next += written;
        count -= static_cast<std::uint64_t>(written);
    }
    return 0;
}

int CaptureFile::publish() {
    if (fsync(descriptor_) != 0) return errno;
    if (rename(temporaryPath_.c_str(), path_.c_str()) != 0) return errno;
    published_ = true;
    const int folder = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno;
    const int result = fsync(folder) == 0 ? 0 : errno;
    close(folder);
    return result;
}

} // namespace grym::segment
