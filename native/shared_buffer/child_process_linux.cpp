#include "child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace grym::shared_buffer {
namespace {

constexpr int kChannel = 3;
constexpr int kFirstInherited = 4;
/** Above all numbers that the process gets, so that giving one away never covers another. */
constexpr int kFirstFree = 64;

void tell(Problem& problem, int errorNumber, const char* what) {
    problem.errorNumber = errorNumber;
    problem.message = std::string(what) + ": " + std::strerror(errorNumber);
}

/** Closed at the end of its scope. */
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    int release() {
        const int number = number_;
        number_ = -1;
        return number;
    }

private:
    int number_;
};

/** What the process begins with: descriptors of its own, all signals as they are by default. */
class Setting {
public:
    Setting() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;
    ~Setting() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }

    /** Of the files that this process has open, whoever opened them and however, the new one keeps those below `first` only. */
    bool keepBelow([[maybe_unused]] int first) {
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
        return posix_spawn_file_actions_addclosefrom_np(&actions, first) == 0;
#else
        return true;
#endif
#else
        return true;
#endif
    }

    /** The process gets a copy of `descriptor` as `number`. */
    bool give(int descriptor, int number) {
        copies.emplace_back(fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFree));
        const int copy = copies.back().number();
        return copy >= 0 && posix_spawn_file_actions_adddup2(&actions, copy, number) == 0;
    }

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};

private:
    std::vector<Descriptor> copies;
};

std::vector<char*> pointersTo(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str())); // posix_spawn changes none of them
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

bool spawn(const SpawnOrder& order, Spawned& spawned, Problem& problem) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        tell(problem, errno, "the channel to the process could not be made");
        return false;
    }
    Descriptor ourChannel(ends[0]);
    const Descriptor itsChannel(ends[1]);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        tell(problem, errno, "the pipe from the process could not be made");
        return false;
    }
    Descriptor ourOutput(ends[0]);
    const Descriptor itsOutput(ends[1]);

    Setting setting;
    bool isGiven = setting.give(itsOutput.number(), 1) && setting.give(itsOutput.number(), 2) && setting.give(itsChannel.number(), kChannel);
    int number = kFirstInherited;
    for (const int descriptor : order.inherited) isGiven = isGiven && setting.give(descriptor, number++);
    isGiven = isGiven && setting.keepBelow(number);
    if (!isGiven) {
        tell(problem, errno, "the process could not be given its descriptors");
        return false;
    }
    const std::vector<char*> arguments = pointersTo(order.arguments);
    const std::vector<char*> environment = pointersTo(order.environment);
    pid_t processId = 0;
    const int result =
        posix_spawn(&processId, order.file.c_str(), &setting.actions, &setting.attributes, arguments.data(), environment.data());
    if (result != 0) {
        tell(problem, result, "the process could not be started");
        return false;
    }
    spawned = {processId, ourChannel.release(), ourOutput.release()};
    return true;
}

bool reap(int processId, Ending& ending, Problem& problem) {
    int status = 0;
    const pid_t result = waitpid(processId, &status, WNOHANG);
    if (result < 0) tell(problem, errno, "the process is no child of this one");
    if (result <= 0) return false;
    ending = {WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    return true;
}

bool dieWithParent(int parentProcessId, Problem& problem) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        tell(problem, errno, "the process could not be bound to its parent");
        return false;
    }
    return getppid() == parentProcessId; // a parent that ended before the line above sends no signal
}

} // namespace grym::shared_buffer
