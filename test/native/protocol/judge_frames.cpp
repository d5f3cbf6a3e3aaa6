// The C++ decoder's verdict on frames, for the differential test: a line `client HEX` or `daemon HEX` on standard input gives a line
// `message TYPE`, `unknown`, or `refused REASON PATH` on standard output.
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generated/messages.hpp"
#include "golden.hpp"

namespace {

using namespace grym::protocol;

struct Verdict {
    std::string operator()(const Unknown&) const { return "unknown"; }
    template <class Message>
    std::string operator()(const Message&) const { return "message " + std::string(Message::kType); }
};

template <class Variant>
std::string verdictOf(const std::optional<Variant>& message, const Problem& problem) {
    if (message) return std::visit(Verdict{}, *message);
    return "refused " + std::string(toText(problem.reason)) + " " + problem.path;
}

} // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        const std::size_t space = line.find(' ');
        const golden::Json vector{{"bytes", space == std::string::npos ? "" : line.substr(space + 1)}};
        const std::vector<std::byte> bytes = golden::bytesOf(vector);
        Problem problem;
        const std::string verdict = line.starts_with("client") ? verdictOf(decodeClientMessage(bytes, problem), problem)
                                                               : verdictOf(decodeDaemonMessage(bytes, problem), problem);
        std::cout << verdict << '\n';
    }
    return 0;
}
