// A system that gives no more threads. The program's own pthread_create stands before the library's.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>

#include <dlfcn.h>
#include <pthread.h>

#include "session/bridge_session.hpp"

namespace {

/** Threads that may still be started; negative: as many as one likes. */
std::atomic<int> threadsLeft{-1};

} // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
    if (threadsLeft == 0)
        return EAGAIN;
    if (threadsLeft > 0)
        --threadsLeft;
    return create(thread, attributes, start, argument);
}

TEST_CASE("where the system gives no threads, or only one, activation goes on, and both are started later") {
    for (const int left : {0, 1}) {
        grym::bridge::BridgeSession session({}, [] {});
        threadsLeft = left;
        session.activate(48000, 256);
        session.deactivate();
        session.activate(48000, 256); // once more without
        session.deactivate();
        threadsLeft = 2;
        session.activate(48000, 256);
        CHECK(threadsLeft == 0);
        threadsLeft = -1;
    }
}
