#include "session/clip_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/growing.hpp"
#include "session/resampler.hpp"
#include "session/sha256.hpp"
#include "session/wav_file.hpp"

namespace grym::bridge {
namespace {

// 23 minutes of stereo at 48 kHz; a clip lives in memory twice while it is converted.
constexpr off_t kMaximumFileBytes = off_t{512} * 1024 * 1024;
constexpr std::size_t kReadStepBytes = 1024 * 1024;

/** Reads and digests in one pass, in steps, so that it can be cancelled. */
bool readDescriptor(int descriptor, const std::string& path, std::vector<std::byte>& content, std::string& digest,
    const std::atomic<bool>& cancelled, std::string& problem) {
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        problem = path + " is not a file.";
        return false;
    }
    if (facts.st_size > kMaximumFileBytes) {
        problem = path + " is larger than 512 MiB.";
        return false;
    }
    content.clear();
    if (!growTo(content, static_cast<std::size_t>(facts.st_size), cancelled))
        return false;
    Sha256 sha256;
    std::size_t filled = 0;
    while (filled < content.size() && !cancelled) {
        const std::size_t step = std::min(kReadStepBytes, content.size() - filled);
        const ssize_t got = ::read(descriptor, content.data() + filled, step);
        if (got <= 0) {
            problem = got < 0 ? "Cannot read " + path + ": " + std::strerror(errno) + "." : path + " was cut short while it was read.";
            return false;
        }
        sha256.add(std::span(content).subspan(filled, static_cast<std::size_t>(got)));
        filled += static_cast<std::size_t>(got);
    }
    digest = sha256.finish();
    return !cancelled;
}

bool readVerified(const std::string& path, const std::string& hash, std::vector<std::byte>& content, const std::atomic<bool>& cancelled,
    std::string& problem) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        problem = errno == ENOENT ? "The clip's file is missing: " + path + "." : "Cannot read " + path + ": " + std::strerror(errno) + ".";
        return false;
    }
    std::string found;
    const bool complete = readDescriptor(descriptor, path, content, found, cancelled, problem);
    ::close(descriptor);
    if (!complete || found == hash)
        return complete;
    problem = path + " is not the clip it should be: expected SHA-256 " + hash.substr(0, 12) + "…, got " + found.substr(0, 12) + "….";
    return false;
}

std::unique_ptr<engine::Clip> load(const SlotJob& job, const std::string& clipFolder, const std::atomic<bool>& cancelled, std::string& problem) {
    const protocol::ClipReference& reference = *job.clip;
    std::vector<std::byte> content;
    if (!readVerified(reference.path, reference.hash, content, cancelled, problem)) {
        const std::string byHash = clipFolder + "/" + reference.hash + ".wav";
        std::string second;
        if (clipFolder.empty() || byHash == reference.path || !readVerified(byHash, reference.hash, content, cancelled, second))
            return nullptr;
    }
    WavAudio audio;
    problem.clear();
    if (!readWav(content, audio, cancelled, problem))
        return nullptr;
    std::vector<std::byte>().swap(content); // the conversion needs the memory
    if (!resample(audio, job.sampleRate, reference.loop, cancelled, problem))
        return nullptr;
    auto clip = std::make_unique<engine::Clip>();
    // Filling the vectors has touched every page of them.
    clip->left = std::move(audio.left);
    clip->right = std::move(audio.right);
    clip->quarterNotes = reference.quarterNotes;
    clip->tempoBpm = reference.tempoBpm;
    clip->loop = reference.loop;
    clip->hash = reference.hash;
    clip->revision = job.revision;
    return clip;
}

} // namespace

std::unique_ptr<engine::Clip> loadClip(const SlotJob& job, const std::string& clipFolder, const std::atomic<bool>& cancelled, std::string& problem) {
    try {
        return load(job, clipFolder, cancelled, problem);
    } catch (const std::bad_alloc&) {
        problem = "There is not enough memory for the clip " + job.clip->name + ".";
        return nullptr;
    }
}

} // namespace grym::bridge
