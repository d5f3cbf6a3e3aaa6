// Proof that process() is real-time safe: no heap call, no lock, no system call, no voluntary context switch.
//
// The audio thread installs a seccomp filter that traps every system call of that thread, and malloc, free and the
// pthread and semaphore calls are interposed and counted. Control runs do on purpose what is forbidden: each must be caught.
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "varied_scenario.hpp"

namespace {

thread_local bool insideProcess = false;
std::atomic<std::uint64_t> heapCalls{0};
std::atomic<std::uint64_t> lockCalls{0};
std::atomic<std::uint64_t> systemCalls{0};
std::atomic<int> lastSystemCall{-1};

void noticeHeap() noexcept {
    if (insideProcess) heapCalls.fetch_add(1, std::memory_order_relaxed);
}
void noticeLock() noexcept {
    if (insideProcess) lockCalls.fetch_add(1, std::memory_order_relaxed);
}

/** The C library's own function of that name, behind the one below. */
template <typename Function>
Function behind(const char* name) noexcept {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

void* __libc_malloc(std::size_t);
void __libc_free(void*);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
    noticeHeap();
    return __libc_malloc(size);
}
void free(void* memory) {
    noticeHeap();
    __libc_free(memory);
}
void* calloc(std::size_t count, std::size_t size) {
    noticeHeap();
    return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
    noticeHeap();
    return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    noticeHeap();
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    noticeHeap();
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    noticeHeap();
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}

#define GRYM_COUNTED(NAME, PARAMETERS, ARGUMENTS)                              \
    int NAME PARAMETERS {                                                      \
        noticeLock();                                                          \
        static const auto original = behind<int(*) PARAMETERS>(#NAME);         \
        return original ARGUMENTS;                                             \
    }
GRYM_COUNTED(pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
GRYM_COUNTED(pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
GRYM_COUNTED(pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex))
GRYM_COUNTED(pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
GRYM_COUNTED(pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
GRYM_COUNTED(pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
GRYM_COUNTED(pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
GRYM_COUNTED(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t* mutex), (condition, mutex))
GRYM_COUNTED(pthread_cond_timedwait, (pthread_cond_t * condition, pthread_mutex_t* mutex, const timespec* until), (condition, mutex, until))
GRYM_COUNTED(pthread_cond_signal, (pthread_cond_t * condition), (condition))
GRYM_COUNTED(pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
GRYM_COUNTED(sem_wait, (sem_t * semaphore), (semaphore))
GRYM_COUNTED(sem_trywait, (sem_t * semaphore), (semaphore))
GRYM_COUNTED(sem_timedwait, (sem_t * semaphore, const timespec* until), (semaphore, until))
GRYM_COUNTED(sem_post, (sem_t * semaphore), (semaphore))
#undef GRYM_COUNTED

} // extern "C"

namespace {

void onTrappedCall(int, siginfo_t* information, void* context) {
    systemCalls.fetch_add(1, std::memory_order_relaxed);
    lastSystemCall.store(information->si_syscall, std::memory_order_relaxed);
#if defined(__x86_64__)
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
    static_cast<ucontext_t*>(context)->uc_mcontext.regs[0] = static_cast<unsigned long long>(-ENOSYS);
#endif
}

/** From here on each system call of this thread, but the return from the handler and the thread's end, is trapped. */
bool trapSystemCalls() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigreturn, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0; // no TSYNC: this thread only
}

long voluntarySwitches(pid_t thread) {
    std::ifstream status("/proc/self/task/" + std::to_string(thread) + "/status");
    const std::string key = "voluntary_ctxt_switches:";
    for (std::string line; std::getline(status, line);)
        if (line.compare(0, key.size(), key) == 0) return std::stol(line.substr(key.size()));
    return -1;
}

enum class Offence { none, heap, lock, systemCall };

struct Findings {
    bool trapped = false;
    bool finite = false;
    std::uint64_t blocks = 0, heap = 0, lock = 0, system = 0, posted = 0, launched = 0, ended = 0;
    long switches = 0;
};

void commit(Offence offence, std::mutex& mutex) {
    if (offence == Offence::heap) {
        void* volatile memory = std::malloc(64);
        std::free(memory);
    } else if (offence == Offence::lock) {
        mutex.lock();
        mutex.unlock();
    } else if (offence == Offence::systemCall) {
        (void)syscall(__NR_getppid);
    }
}

Findings drive(std::uint64_t blocks, std::uint64_t clips, Offence offence) {
    grym::engine::Engine engine;
    engine.prepare(48000, 1024);
    grym::test::AudioScript audio(engine);
    grym::test::WorkerScript worker(engine);
    grym::test::DaemonScript daemon(worker);
    std::mutex mutex;
    enum Stage { starting, ready, running, finished, counted };
    std::atomic<int> stage{starting};
    std::atomic<bool> enough{false};
    std::atomic<pid_t> threadId{0};
    Findings findings;
    heapCalls = lockCalls = systemCalls = 0;

    std::thread audioThread([&] {
        threadId = static_cast<pid_t>(syscall(__NR_gettid));
        findings.trapped = trapSystemCalls();
        stage = ready;
        while (stage != running) {
        }
        while (!(enough && audio.blocks() >= blocks)) {
            audio.prepareBlock();
            insideProcess = true;
            audio.process();
            if (audio.blocks() == 1000) commit(offence, mutex);
            insideProcess = false;
            audio.finishBlock();
        }
        stage = finished;
        while (stage != counted) {
        }
        while (true) syscall(__NR_exit, 0); // the ordinary end of a thread makes calls that would be trapped
    });
    while (stage != ready) std::this_thread::yield();
    const long before = voluntarySwitches(threadId);
    stage = running;
    while (!enough) {
        for (int step = 0; step < 10; ++step) worker.step(), daemon.step();
        if (worker.clipsPosted() >= clips) enough = true;
        std::this_thread::yield();
    }
    while (stage != finished) {
        worker.step();
        daemon.step();
    }
    findings.system = systemCalls;
    findings.heap = heapCalls;
    findings.lock = lockCalls;
    findings.blocks = audio.blocks();
    findings.finite = audio.outputIsFinite();
    findings.posted = worker.clipsPosted();
    findings.launched = daemon.events(grym::segment::EventKind::launched);
    findings.ended = daemon.events(grym::segment::EventKind::slotEnded);
    const long after = voluntarySwitches(threadId); // while the thread still spins
    findings.switches = before < 0 || after < 0 ? -1 : after - before;
    stage = counted;
    audioThread.join();
    return findings;
}

bool expect(bool condition, const char* what) {
    std::printf("%s  %s\n", condition ? "ok    " : "FAILED", what);
    return condition;
}

} // namespace

int main() {
    struct sigaction action {};
    action.sa_sigaction = onTrappedCall;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, nullptr);

    const Findings proof = drive(200'000, 1'000, Offence::none);
    std::printf("%llu blocks, %llu clips posted, %llu launches, %llu endings reported; inside process(): %llu heap calls, "
                "%llu locks, %llu system calls (last: %d), %ld voluntary context switches\n",
                static_cast<unsigned long long>(proof.blocks), static_cast<unsigned long long>(proof.posted),
                static_cast<unsigned long long>(proof.launched), static_cast<unsigned long long>(proof.ended),
                static_cast<unsigned long long>(proof.heap), static_cast<unsigned long long>(proof.lock),
                static_cast<unsigned long long>(proof.system), lastSystemCall.load(), proof.switches);
    bool good = expect(proof.trapped, "the system-call trap is installed");
    good &= expect(proof.blocks >= 100'000 && proof.posted >= 1'000 && proof.launched > 100 && proof.ended > 100, "the scenario did its work");
    good &= expect(proof.finite, "the output is finite");
    good &= expect(proof.heap == 0, "no heap call");
    good &= expect(proof.lock == 0, "no lock");
    good &= expect(proof.system == 0, "no system call");
    good &= expect(proof.switches == 0, "no voluntary context switch");
    const Findings heap = drive(2'000, 0, Offence::heap);
    good &= expect(heap.heap == 2 && heap.lock == 0, "control: malloc and free are caught");
    const Findings lock = drive(2'000, 0, Offence::lock);
    good &= expect(lock.lock == 2 && lock.heap == 0, "control: a mutex is caught");
    const Findings call = drive(2'000, 0, Offence::systemCall);
    good &= expect(call.system == 1, "control: a system call is trapped");
    return good ? 0 : 1;
}
