// Starts processes without holding up the thread that asks. libuv starts them by fork(), which copies the page tables of the whole daemon
// first: at half a gigabyte that stops its event loop for a tenth of a second. Linux only, as shared_memory.hpp.
#pragma once

#include <string>
#include <vector>

#include "shared_memory.hpp"

namespace grym::shared_buffer {

struct SpawnOrder {
    std::string file;
    /** The first one is the program's name. */
    std::vector<std::string> arguments;
    /** NAME=value. */
    std::vector<std::string> environment;
    /** Are 4, 5, … in the process. */
    std::vector<int> inherited;
};

struct Spawned {
    int processId = 0;
    /** Our end of a socket; the process has the other one as 3. */
    int channel = -1;
    /** Where what it writes to 1 and 2 can be read. Its 0 is empty. */
    int output = -1;
};

/** How a process ended: by a signal, or else with a code. */
struct Ending {
    int code = 0;
    int signal = 0;
};

/**
 * For a thread of a pool that lives as long as the process: a process that has called dieWithParent ends with the thread that started it.
 * Returns when the new program runs; false with a problem.
 */
bool spawn(const SpawnOrder& order, Spawned& spawned, Problem& problem);

/** Whether a process that `spawn` started has ended: then it is gone for good, and its id may be another's. Does not wait. */
bool reap(int processId, Ending& ending, Problem& problem);

/**
 * From now on the kernel kills this process (SIGKILL) when the thread that started it ends. False without a problem: the parent is not
 * `parentProcessId` any more, it ended before this call.
 */
bool dieWithParent(int parentProcessId, Problem& problem);

} // namespace grym::shared_buffer
