// What went wrong with a message, and where: the C++ twin of ProtocolError in protocol/codec.ts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace grym::protocol {

/** Same names as `ProtocolProblemReason` in TypeScript. */
enum class ProblemReason : std::uint32_t {
    none,
    size,    // larger than MAXIMUM_MESSAGE_BYTES
    syntax,  // not MessagePack, cut off, or bytes left over
    depth,   // nested deeper than MAXIMUM_MESSAGE_DEPTH
    profile, // valid MessagePack, but not the plain data of this protocol (extension, binary, NaN, integer beyond 2^53 …)
    value,   // a field is missing, of another type, or out of its bounds
    memory,  // no memory for the message
};

constexpr std::string_view toText(ProblemReason reason) noexcept {
    switch (reason) {
    case ProblemReason::none: return "none";
    case ProblemReason::size: return "size";
    case ProblemReason::syntax: return "syntax";
    case ProblemReason::depth: return "depth";
    case ProblemReason::profile: return "profile";
    case ProblemReason::value: return "value";
    case ProblemReason::memory: return "memory";
    }
    return "none";
}

struct Problem {
    ProblemReason reason = ProblemReason::none;
    std::string path;     // `$.bridge.slots[3].hash`; `$` is the whole message
    std::string expected; // "integer from 0 to 15"
    std::string got;      // "16"

    /** One sentence for a log. Empty when there is no problem. */
    std::string sentence() const {
        if (reason == ProblemReason::none) return {};
        if (reason == ProblemReason::memory) return "No memory for a message of the protocol.";
        return "At " + path + ": expected " + expected + ", got " + got + ".";
    }
};
using DecodeProblem = Problem;
using EncodeProblem = Problem;

namespace wire {

/** Keys come from the other side: only a plain one is repeated in a message for the user. */
inline bool isPlainKey(std::string_view key) noexcept {
    if (key.empty() || key.size() > 64) return false;
    for (std::size_t index = 0; index < key.size(); ++index) {
        const char letter = key[index];
        const bool first = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
        const bool later = (letter >= '0' && letter <= '9') || letter == '-';
        if (!first && !(later && index > 0)) return false;
    }
    return true;
}

inline void appendKey(std::string& path, std::string_view key) {
    if (isPlainKey(key)) {
        path.append(".").append(key);
    } else {
        path.append("[?]");
    }
}

inline void appendIndex(std::string& path, std::size_t index) {
    path.append("[").append(std::to_string(index)).append("]");
}

/** A place in a message as a chain of stack objects: costs nothing until a problem has to be written down. */
struct Path {
    const Path* parent = nullptr;
    std::string_view key{};
    std::size_t index = 0;

    std::string text() const {
        if (parent == nullptr) return "$";
        std::string path = parent->text(); // the chain is as deep as the schema, not as the input
        if (key.empty()) {
            appendIndex(path, index);
        } else {
            appendKey(path, key);
        }
        return path;
    }
};

/** Writes a problem down and returns false, so that `return fail(…)` ends a check. */
inline bool fail(Problem& problem, ProblemReason reason, std::string path, std::string expected, std::string got) {
    problem.reason = reason;
    problem.path = std::move(path);
    problem.expected = std::move(expected);
    problem.got = std::move(got);
    return false;
}

} // namespace wire
} // namespace grym::protocol
