// The wire profile: which MessagePack a message may be made of. Checked over the whole message, unknown keys included,
// before anything is allocated for it. The twin in TypeScript is protocol/wire/profile.ts; the golden vectors hold them together.
//
// Allowed: nil, booleans, integers within ±(2^53 − 1), finite floats, UTF-8 text, arrays, and maps with text keys.
// Refused: binary, extensions, NaN and infinities, larger integers, other keys, the key `__proto__`, deeper nesting.
#pragma once

// The library needs Boost only for conversions that this protocol does not use.
#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif
#include <msgpack.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "problem.hpp"
#include "text.hpp"

namespace grym::protocol::wire {

inline constexpr std::uint64_t kMaximumSafeInteger = (1ull << 53) - 1;

struct Limits {
    std::size_t bytes;
    std::size_t depth; // at most ProfileVisitor::kDeepest
};

/** Follows msgpack::parse, which keeps its own bounded stack and does not recurse; allocates only to describe a problem. */
class ProfileVisitor : public msgpack::null_visitor {
public:
    static constexpr std::size_t kDeepest = 32;

    ProfileVisitor(const Limits& limits, Problem& problem) noexcept
        : limits_(limits), problem_(problem) {}

    bool visit_nil() { return value("null"); }
    bool visit_boolean(bool) { return value("boolean"); }
    bool visit_positive_integer(std::uint64_t number) {
        if (!value("integer")) return false;
        return number <= kMaximumSafeInteger || refuse("integer within 2^53 - 1", std::to_string(number));
    }
    /** Called for every integer of a signed type, whatever its sign. */
    bool visit_negative_integer(std::int64_t number) {
        constexpr auto kLimit = static_cast<std::int64_t>(kMaximumSafeInteger);
        if (!value("integer")) return false;
        return (number >= -kLimit && number <= kLimit) || refuse("integer within 2^53 - 1", std::to_string(number));
    }
    bool visit_float32(float number) { return visit_float64(static_cast<double>(number)); }
    bool visit_float64(double number) {
        if (!value("number")) return false;
        if (std::isnan(number)) return refuse("finite number", "NaN");
        return !std::isinf(number) || refuse("finite number", "infinity");
    }
    bool visit_str(const char* data, std::uint32_t size) {
        const std::string_view text(data, size);
        if (!characterCount(text)) return refuse("text in UTF-8", "other bytes");
        if (!inKey_) return true;
        if (text == "__proto__") return refuse("another key", "the reserved key __proto__");
        frames_[depth_ - 1].key = text;
        frames_[depth_ - 1].keyIsRead = true;
        return true;
    }
    bool visit_bin(const char*, std::uint32_t) { return refuse("plain data", "binary data"); }
    bool visit_ext(const char*, std::uint32_t) { return refuse("plain data", "an extension"); }

    bool start_array(std::uint32_t) { return value("list") && descend(false); }
    bool end_array_item() {
        ++frames_[depth_ - 1].index;
        return true;
    }
    bool end_array() { return ascend(); }

    bool start_map(std::uint32_t) { return value("map") && descend(true); }
    bool start_map_key() {
        inKey_ = true;
        frames_[depth_ - 1].keyIsRead = false;
        return true;
    }
    bool end_map_key() {
        inKey_ = false;
        return true;
    }
    bool end_map() { return ascend(); }

private:
    struct Frame {
        bool isMap = false;
        bool keyIsRead = false;
        std::string_view key{};
        std::size_t index = 0;
    };

    std::string path() const {
        std::string text = "$";
        for (std::size_t level = 0; level < depth_; ++level) {
            const Frame& frame = frames_[level];
            if (!frame.isMap) {
                appendIndex(text, frame.index);
            } else if (frame.keyIsRead) {
                appendKey(text, frame.key);
            }
        }
        return text;
    }
    bool refuse(const char* expected, std::string got) {
        return fail(problem_, ProblemReason::profile, path(), expected, std::move(got));
    }
    bool value(const char* kind) { return !inKey_ || refuse("text as key", kind); }
    bool descend(bool isMap) {
        if (depth_ >= limits_.depth || depth_ >= kDeepest) {
            return fail(problem_, ProblemReason::depth, path(),
                        "at most " + std::to_string(limits_.depth) + " levels of nesting", "more");
        }
        frames_[depth_] = Frame{isMap};
        ++depth_;
        return true;
    }
    bool ascend() {
        --depth_;
        return true;
    }

    const Limits& limits_;
    Problem& problem_;
    std::array<Frame, kDeepest> frames_{};
    std::size_t depth_ = 0;
    bool inKey_ = false;
};

/** Whether the bytes are one whole value within the profile and the limits. */
inline bool checkProfile(std::span<const std::byte> bytes, const Limits& limits, Problem& problem) {
    if (bytes.size() > limits.bytes) {
        return fail(problem, ProblemReason::size, "$", "at most " + std::to_string(limits.bytes) + " bytes",
                    std::to_string(bytes.size()) + " bytes");
    }
    ProfileVisitor visitor(limits, problem);
    std::size_t offset = 0;
    const bool whole = msgpack::parse(reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset, visitor);
    if (problem.reason != ProblemReason::none) return false;
    if (!whole) return fail(problem, ProblemReason::syntax, "$", "one whole MessagePack value", "bytes that are none");
    if (offset != bytes.size()) {
        return fail(problem, ProblemReason::syntax, "$", "one MessagePack value",
                    std::to_string(bytes.size() - offset) + " bytes more");
    }
    return true;
}

} // namespace grym::protocol::wire
