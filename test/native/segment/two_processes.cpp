// Two processes, one capture ring, 10^6 blocks of varying size whose frame n holds mix(n).
//   paced: the writer never runs further ahead than the ring is long; the reader must get every frame, bit for bit.
//   free:  the writer does not wait; the reader may miss frames, but each one is reported, and what it gets is right.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

/** In memory that both processes share, beside the segment under test. */
struct Progress {
    std::atomic<std::uint64_t> readTo{0};
    std::atomic<bool> attached{false};
    std::atomic<bool> finished{false};
    std::uint64_t framesRead = 0;
    std::uint64_t framesReportedLost = 0;
    std::uint64_t wrongFrames = 0;
    std::uint64_t reads = 0;
    std::uint64_t overwrittenDuringCopy = 0;
    std::uint64_t otherResults = 0;
};

int readEverything(const std::string& name, Progress& progress, std::uint64_t longestRead) {
    SegmentProblem problem;
    const auto reader = SegmentReader::attach(name, problem);
    if (!reader) {
        std::fprintf(stderr, "the reader cannot attach: %s\n", problem.message.c_str());
        return 1;
    }
    Random random(99);
    std::vector<float> out(2 * longestRead);
    std::uint64_t next = 0;
    progress.attached.store(true);
    for (;;) {
        const bool finished = progress.finished.load();
        CounterRange range;
        if (reader->captureRange(range) != ReadResult::ok) {
            ++progress.otherResults;
            continue;
        }
        if (next < range.begin) {
            progress.framesReportedLost += range.begin - next;
            next = range.begin;
        }
        const std::uint64_t frames = std::min(range.end - next, 1 + random.below(longestRead));
        if (frames == 0) {
            if (finished) return 0;
            sched_yield();
            continue;
        }
        ++progress.reads;
        switch (reader->readCapture(next, frames, out.data())) {
        case ReadResult::ok:
            progress.wrongFrames += countWrongFrames(out.data(), next, frames);
            progress.framesRead += frames;
            next += frames;
            progress.readTo.store(next, std::memory_order_release);
            break;
        case ReadResult::overwritten: ++progress.overwrittenDuringCopy; break; // counted as lost in the next turn
        default: ++progress.otherResults;
        }
    }
}

void writeBlocks(SegmentWriter& writer, Progress& progress, std::uint64_t blocks, bool paced) {
    Random random(7);
    CountedBlock block;
    const std::uint64_t length = writer.captureFrames();
    for (std::uint64_t count = 0; count < blocks; ++count) {
        const std::uint64_t frames = count % 1000 == 0 ? 1 + random.below(4096) : 1 + random.below(128);
        while (paced && writer.frameCounter() + frames - progress.readTo.load(std::memory_order_acquire) > length) sched_yield();
        block.fill(writer.frameCounter(), frames);
        writer.writeCapture(block.left.data(), block.right.data(), static_cast<std::uint32_t>(frames));
    }
    progress.finished.store(true);
}

bool runOnce(const char* title, std::uint64_t blocks, bool paced) {
    void* const shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return false;
    Progress& progress = *new (shared) Progress;
    const auto writer = makeWriter(0.001);
    const auto start = std::chrono::steady_clock::now();
    std::fflush(stdout); // or the child would print it once more
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        // A reader that takes nearly the whole ring at once is overtaken while it copies.
        _exit(readEverything(writer->name(), progress, paced ? 2048 : writer->captureFrames()));
    }
    int status = 0;
    while (!progress.attached.load()) {
        if (waitpid(child, &status, WNOHANG) == child) return false;
        sched_yield();
    }
    writeBlocks(*writer, progress, blocks, paced);
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return false;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s: %" PRIu64 " blocks, %" PRIu64 " frames written, %" PRIu64 " read in %" PRIu64 " reads, %" PRIu64
                " reported lost (%" PRIu64 " reads overwritten during the copy), %" PRIu64 " wrong, %.1f s\n",
                title, blocks, writer->frameCounter(), progress.framesRead, progress.reads, progress.framesReportedLost,
                progress.overwrittenDuringCopy, progress.wrongFrames, seconds);
    return progress.wrongFrames == 0 && progress.otherResults == 0 &&
           progress.framesRead + progress.framesReportedLost == writer->frameCounter() &&
           (!paced || (progress.framesReportedLost == 0 && progress.overwrittenDuringCopy == 0));
}

} // namespace

int main(int argumentCount, char** arguments) {
    useOwnNames();
    alarm(300); // counters that stand still end the test, too
    const std::uint64_t blocks = argumentCount > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1'000'000;
    const bool paced = runOnce("paced", blocks, true);
    const bool unpaced = runOnce("free", blocks, false);
    if (paced && unpaced) return 0;
    std::fprintf(stderr, "%s: frames were wrong, or lost without being reported\n", paced ? "free" : "paced");
    return 1;
}
