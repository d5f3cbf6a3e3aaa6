#include "watched_call.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iterator>

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace {

thread_local bool watched = false;
std::atomic<std::uint64_t> heapCalls{0};
std::atomic<std::uint64_t> lockCalls{0};
std::atomic<std::uint64_t> systemCalls{0};

void noticeHeap() noexcept {
    if (watched)
        heapCalls.fetch_add(1, std::memory_order_relaxed);
}
void noticeLock() noexcept {
    if (watched)
        lockCalls.fetch_add(1, std::memory_order_relaxed);
}

void onTrappedCall(int, siginfo_t*, void* context) {
    if (watched)
        systemCalls.fetch_add(1, std::memory_order_relaxed);
#if defined(__x86_64__)
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
    static_cast<ucontext_t*>(context)->uc_mcontext.regs[0] = static_cast<unsigned long long>(-ENOSYS);
#endif
}

} // namespace

// The program's own definitions come before the C library's, also for the bundles that it loads.
extern "C" {

void* __libc_malloc(std::size_t);
void __libc_free(void*);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);

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
int pthread_mutex_lock(pthread_mutex_t* mutex) {
    noticeLock();
    static const auto original = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    return original(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) {
    noticeLock();
    static const auto original = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_trylock"));
    return original(mutex);
}

} // extern "C"

namespace grym::test {

WatchedCall::WatchedCall() noexcept {
    watched = true;
}

WatchedCall::~WatchedCall() noexcept {
    watched = false;
}

ForbiddenCalls forbiddenCalls() noexcept {
    return {heapCalls, lockCalls, systemCalls};
}

bool trapSystemCallsOfThisThread() {
    struct sigaction action {};
    action.sa_sigaction = &onTrappedCall;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, nullptr);
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigreturn, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_madvise, 2, 0),       // the thread's stack, at its end
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigprocmask, 1, 0), // likewise
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

} // namespace grym::test
