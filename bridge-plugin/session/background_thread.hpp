// What every thread that we start inside a host has to do first.
#pragma once

#include <csignal>

#include <pthread.h>
#include <sched.h>

namespace grym::bridge {

/** Call as the first thing in the thread. Names have at most 15 characters. */
inline void becomeBackgroundThread(const char* name) {
    ::pthread_setname_np(::pthread_self(), name);
    // Threads inherit their maker's scheduling, and hosts may activate plugins from a real-time thread.
    sched_param parameters{};
    ::pthread_setschedparam(::pthread_self(), SCHED_OTHER, &parameters);
}

/** Starting a thread under this guard keeps the host's signals in the host's threads. */
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

} // namespace grym::bridge
