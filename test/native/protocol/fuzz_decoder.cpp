// Feeds mutated frames to the decoders: each gives a message that can be encoded again, or a typed problem. Under
// GRYM_SANITIZE=address,undefined a read or write out of bounds ends the program.
//
//   protocol_fuzz [FRAMES] [SEED]      FRAMES defaults to 100000, SEED to 1
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "frame_mutator.hpp"
#include "generated/messages.hpp"
#include "golden.hpp"

namespace {

using namespace grym::protocol;

struct Tally {
    std::size_t decoded = 0;
    std::size_t unknown = 0;
    std::size_t refused = 0;
};

struct EncodesAgain {
    bool operator()(const Unknown&) const { return true; }
    template <class Message>
    bool operator()(const Message& message) const {
        Problem problem;
        return !encode(message, problem).empty() || problem.reason == ProblemReason::size; // a float may take more room than what it came as
    }
};

/** Whether the outcome is one that the contract allows. */
template <class Variant>
bool judge(const std::optional<Variant>& message, const Problem& problem, Tally& tally) {
    if (!message) {
        ++tally.refused;
        return problem.reason != ProblemReason::none && problem.reason != ProblemReason::memory && !problem.path.empty() &&
               !problem.expected.empty() && !problem.got.empty() && problem.sentence().size() < 4096;
    }
    ++(std::holds_alternative<Unknown>(*message) ? tally.unknown : tally.decoded);
    return problem.reason == ProblemReason::none && std::visit(EncodesAgain{}, *message);
}

std::vector<golden::Frame> readCorpus() {
    std::vector<golden::Frame> corpus;
    for (const auto& file : golden::readMessages()) {
        for (const auto& vector : file.at("valid")) corpus.push_back(golden::bytesOf(vector));
    }
    return corpus;
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t frames = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    golden::FrameMutator mutator(readCorpus(), seed);
    Tally tally;
    for (std::size_t count = 0; count < frames; ++count) {
        const golden::Frame frame = mutator.next();
        Problem clientProblem;
        Problem daemonProblem;
        const auto clientMessage = decodeClientMessage(frame, clientProblem);
        const auto daemonMessage = decodeDaemonMessage(frame, daemonProblem);
        if (judge(clientMessage, clientProblem, tally) && judge(daemonMessage, daemonProblem, tally)) continue;
        std::fprintf(stderr, "Frame %zu of seed %llu breaks the contract:\n  client: %s\n  daemon: %s\n  ", count,
                     static_cast<unsigned long long>(seed), clientProblem.sentence().c_str(), daemonProblem.sentence().c_str());
        for (const std::byte byte : frame) std::fprintf(stderr, "%02x", std::to_integer<unsigned>(byte));
        std::fputc('\n', stderr);
        return 1;
    }
    std::printf("%zu frames of seed %llu, decoded as both directions: %zu messages, %zu of unknown type, %zu refused\n", frames,
                static_cast<unsigned long long>(seed), tally.decoded, tally.unknown, tally.refused);
    // With nothing decoded or nothing refused the mutations would prove nothing.
    return frames < 1000 || (tally.decoded > frames / 100 && tally.refused > frames / 100) ? 0 : 1;
}
