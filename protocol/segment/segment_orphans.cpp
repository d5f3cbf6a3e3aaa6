#include "segment/segment_orphans.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "segment/capture_file.hpp"
#include "segment/segment_file.hpp"

namespace grym::segment {
namespace {

constexpr const char* kSharedMemoryFolder = "/dev/shm";
constexpr std::uint64_t kChunkFrames = 16'384;

/** The lock is released when the file is closed. */
bool lockIfFree(const SegmentFile& file) { return flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0; }

/** What the ring holds whole; the writer is dead, so plain copies of the counters are good. */
bool wholeRange(const Header& header, const Layout& layout, std::uint64_t& begin, std::uint64_t& end) {
    begin = header.captureBegin.load(std::memory_order_relaxed);
    end = header.captureEnd.load(std::memory_order_relaxed);
    if (layout.captureFrames == 0) begin = end = 0;
    return begin <= end && end <= kMaximumCounter && end - begin <= layout.captureFrames;
}

/** Replaces what is no number by silence; says whether anything sounds. */
bool repair(std::vector<float>& samples, std::uint64_t count, std::uint64_t& brokenSamples) {
    bool sounds = false;
    for (std::uint64_t index = 0; index < count; ++index) {
        float& sample = samples[index];
        if (!std::isfinite(sample)) {
            sample = 0.0f;
            ++brokenSamples;
        }
        sounds = sounds || sample != 0.0f;
    }
    return sounds;
}

/** Returns 0 or an errno value. `report.frames` stays 0 where nothing sounded: then no file was made. */
int saveCapture(const SegmentFile& file, const Layout& layout, std::uint64_t begin, std::uint64_t end,
                const std::string& folder, OrphanReport& report) {
    const std::string owner = layout.bridgeId.empty() ? "bridge" : layout.bridgeId;
    CaptureFile target(folder, "capture-" + owner + "-" + report.name.substr(6, 12) + ".wav");
    if (const int error = target.begin(layout.sampleRate, end - begin); error != 0) return error;
    std::vector<float> samples(kChunkFrames * kChannels);
    bool sounds = false;
    for (std::uint64_t frame = begin; frame < end;) {
        const std::uint64_t index = frame % layout.captureFrames;
        const std::uint64_t count = std::min({kChunkFrames, end - frame, layout.captureFrames - index});
        // One frame's word is left then right in memory: interleaved stereo as it lies there (little-endian computers).
        if (!file.readAt(layout.captureOffset + index * kFrameBytes, samples.data(), count * kFrameBytes)) return EPROTO;
        sounds = repair(samples, count * kChannels, report.brokenSamples) || sounds;
        if (const int error = target.append(samples.data(), count * kFrameBytes); error != 0) return error;
        frame += count;
    }
    if (!sounds) return 0;
    if (const int error = target.publish(); error != 0) return error;
    report.frames = end - begin;
    report.path = target.path();
    return 0;
}

void removeSegment(OrphanReport& report) { report.removed = shm_unlink(report.name.c_str()) == 0; }

/** Fills `report` for a segment that cannot be read. Removes only what is surely ours and of no use to anybody. */
void giveUp(const Header& header, bool headerWasRead, const SegmentProblem& problem, OrphanReport& report) {
    report.outcome = OrphanOutcome::unreadable;
    report.message = problem.message;
    const bool ours = headerWasRead && header.magic == kMagic;
    if (ours && header.layoutVersion <= kLayoutVersion) removeSegment(report);
    else report.message += ours ? " It was left for the newer version that made it." : " It was left as it is.";
}

} // namespace

std::vector<std::string> scanOrphans(const std::string& prefix) {
    std::vector<std::string> names;
    DIR* const folder = opendir(kSharedMemoryFolder);
    if (folder == nullptr) return names;
    const std::string start = "/grym-" + prefix;
    while (const dirent* const entry = readdir(folder)) {
        const std::string name = std::string("/") + entry->d_name;
        if (!isSegmentName(name) || name.compare(0, start.size(), start) != 0) continue;
        SegmentProblem problem;
        const SegmentFile file = SegmentFile::open(name, problem);
        if (file && lockIfFree(file)) names.push_back(name);
    }
    closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
}

bool reapOrphan(const std::string& name, const std::string& folder, OrphanReport& report) {
    report = {};
    report.name = name;
    SegmentProblem problem;
    SegmentFile file = SegmentFile::open(name, problem);
    if (!file || !lockIfFree(file)) return false;
    // Between opening and locking another daemon may have saved and removed it.
    struct stat facts {};
    if (fstat(file.descriptor(), &facts) != 0 || facts.st_nlink == 0) return false;

    Header header{};
    Layout layout;
    const bool headerWasRead = file.readHeader(header, problem);
    if (!headerWasRead || !validateHeader(header, file.bytes(), layout, problem)) {
        giveUp(header, headerWasRead, problem, report);
        return true;
    }
    report.bridgeId = layout.bridgeId;
    report.sampleRate = layout.sampleRate;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    if (!wholeRange(header, layout, begin, end)) {
        giveUp(header, true, {EPROTO, "The segment's capture counters contradict each other."}, report);
        return true;
    }
    const int error = begin == end ? 0 : saveCapture(file, layout, begin, end, folder, report);
    if (error != 0) {
        report.outcome = OrphanOutcome::failed;
        report.message = std::string("Its capture cannot be saved: ") + std::strerror(error) + ".";
        return true;
    }
    report.outcome = report.frames == 0 ? OrphanOutcome::silent : OrphanOutcome::saved;
    report.message = report.frames == 0 ? "It held nothing but silence." : "Its capture was saved.";
    removeSegment(report);
    return true;
}

std::vector<OrphanReport> reapOrphans(const std::string& prefix, const std::string& folder) {
    std::vector<OrphanReport> reports;
    for (const std::string& name : scanOrphans(prefix)) {
        OrphanReport report;
        if (reapOrphan(name, folder, report)) reports.push_back(std::move(report));
    }
    return reports;
}

} // namespace grym::segment
