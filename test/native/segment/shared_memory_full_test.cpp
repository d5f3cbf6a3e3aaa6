#include <doctest/doctest.h>

#include <fstream>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

constexpr int kNotPossibleHere = 77;

/** Runs `body` in a child, since its limits cannot be taken back; returns its exit status. */
int inChild(const std::function<int()>& body) {
    std::fflush(stdout); // or the child would print it once more
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** 0 where create() gives a capture of `seconds` (−1: no segment at all) and says so in its problem. */
int createGives(double seconds) {
    SegmentProblem problem;
    const auto writer = SegmentWriter::create(parameters(120, 48'000), problem);
    if (problem.errorNumber == 0 || problem.message.empty()) return 1;
    if (seconds < 0) return writer ? 2 : 0;
    if (!writer) return 3;
    if (writer->captureFrames() != captureRingFrames(seconds, 48'000)) return 4;
    writeCounted(*writer, 100'000); // every page is really there
    const auto reader = attachTo(*writer);
    std::uint64_t frames = 0;
    return reader->frameCounter(frames) == ReadResult::ok && frames == 100'000 ? 0 : 5;
}

int underFileSizeLimit(std::uint64_t bytes, double expectedSeconds) {
    return inChild([=] {
        const rlimit limit{bytes, bytes};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return kNotPossibleHere;
        return createGives(expectedSeconds);
    });
}

bool put(const char* path, const std::string& text) {
    std::ofstream file(path);
    file << text;
    file.close();
    return !file.fail();
}

/** A mount namespace of our own: as root at once, else inside a user namespace in which we are ourselves. */
bool enterMountNamespace() {
    if (unshare(CLONE_NEWNS) == 0) return true;
    const auto itself = [](unsigned identity) { return std::to_string(identity) + " " + std::to_string(identity) + " 1"; };
    const std::string user = itself(geteuid());
    const std::string group = itself(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    // Users and groups without a mapping could not make files.
    return put("/proc/self/uid_map", user) && put("/proc/self/setgroups", "deny") && put("/proc/self/gid_map", group);
}

int underSmallSharedMemory(const std::string& size, double expectedSeconds) {
    return inChild([=] {
        if (!enterMountNamespace()) return kNotPossibleHere;
        if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kNotPossibleHere;
        if (mount("tmpfs", "/dev/shm", "tmpfs", 0, ("mode=1777,size=" + size).c_str()) != 0) return kNotPossibleHere;
        return createGives(expectedSeconds);
    });
}

} // namespace

TEST_CASE("under a limit of file size the capture is shortened, then left out, then there is no segment") {
    CHECK(underFileSizeLimit(16'000'000, 15) == 0);
    CHECK(underFileSizeLimit(2'000'000, 0) == 0);
    CHECK(underFileSizeLimit(100'000, -1) == 0);
}

TEST_CASE("in a small /dev/shm the capture is shortened, then left out, then there is no segment") {
    const int status = underSmallSharedMemory("32m", 15);
    if (status == kNotPossibleHere) {
        MESSAGE("this computer allows no mount namespace; the limit of file size was tested instead");
        return;
    }
    CHECK(status == 0);
    CHECK(underSmallSharedMemory("8m", 0) == 0); // 6 MB of capture would fit, but not leave 4 MB to others
    CHECK(underSmallSharedMemory("256k", -1) == 0);
}
