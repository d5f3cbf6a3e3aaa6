#include "child_process.hpp"
#include "shared_memory.hpp"

#include <cerrno>

namespace grym::shared_buffer {
namespace {

void refuse(Problem& problem) {
    problem.errorNumber = ENOSYS;
    problem.message = "model hosts need Linux (memfd_create, PR_SET_PDEATHSIG); on this system models run on servers only";
}

} // namespace

int create(std::size_t, Problem& problem) {
    refuse(problem);
    return -1;
}

bool sizeOf(int, std::size_t&, Problem& problem) {
    refuse(problem);
    return false;
}

bool grow(int, std::size_t, Problem& problem) {
    refuse(problem);
    return false;
}

void* map(int, std::size_t, Problem& problem) {
    refuse(problem);
    return nullptr;
}

void unmap(void*, std::size_t) {}

bool close(int, Problem& problem) {
    refuse(problem);
    return false;
}

bool spawn(const SpawnOrder&, Spawned&, Problem& problem) {
    refuse(problem);
    return false;
}

bool reap(int, Ending&, Problem& problem) {
    refuse(problem);
    return false;
}

bool dieWithParent(int, Problem& problem) {
    refuse(problem);
    return false;
}

} // namespace grym::shared_buffer
