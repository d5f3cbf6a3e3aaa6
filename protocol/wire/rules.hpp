// The rules that the generated `visitFields` functions are made of: one rule decodes, encodes and bounds one kind of field.
// A rule that refuses writes the problem down and returns false.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "problem.hpp"
#include "profile.hpp"
#include "text.hpp"

namespace grym::protocol {

/** A value that the schemas leave open, as the bytes of one MessagePack value. Empty stands for null (or `{}` for a map). */
struct RawValue {
    std::vector<std::byte> messagePack;
    bool operator==(const RawValue&) const = default;
};

/** The names of an enum's values in order; specialised by the generated code. */
template <class Enum>
struct ChoiceNames;

namespace wire {

struct ByteBuffer {
    std::vector<std::byte> bytes;
    void write(const char* data, std::size_t size) {
        const auto* first = reinterpret_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), first, first + size);
    }
};
using Packer = msgpack::packer<ByteBuffer>;
using Input = msgpack::object;

inline void packText(Packer& packer, std::string_view text) {
    packer.pack_str(static_cast<std::uint32_t>(text.size()));
    packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

/** The packer has no call for ready bytes; writing the body of a text is the one that adds nothing of its own. */
inline void packReadyBytes(Packer& packer, std::span<const std::byte> bytes) {
    packer.pack_str_body(reinterpret_cast<const char*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
}

/** As float64 whatever its value: the packer's own would write 2^53 and more as integers, which the profile refuses. */
inline void packNumber(Packer& packer, double number) {
    const auto bits = std::bit_cast<std::uint64_t>(number);
    std::array<std::byte, 9> bytes{std::byte{0xCB}};
    for (unsigned index = 0; index < 8; ++index) bytes[1 + index] = static_cast<std::byte>(bits >> (56 - 8 * index));
    packReadyBytes(packer, bytes);
}

/** Writes a value as it was read. Driven by msgpack::object_parser, which keeps a stack of its own and does not recurse. */
class RepackVisitor : public msgpack::null_visitor {
public:
    explicit RepackVisitor(Packer& packer) noexcept
        : packer_(packer) {}

    bool visit_nil() { return done(packer_.pack_nil()); }
    bool visit_boolean(bool flag) { return done(flag ? packer_.pack_true() : packer_.pack_false()); }
    bool visit_positive_integer(std::uint64_t number) { return done(packer_.pack_uint64(number)); }
    bool visit_negative_integer(std::int64_t number) { return done(packer_.pack_int64(number)); }
    bool visit_float32(float number) { return visit_float64(static_cast<double>(number)); }
    bool visit_float64(double number) {
        packNumber(packer_, number);
        return true;
    }
    bool visit_str(const char* text, std::uint32_t size) {
        packText(packer_, {text, size});
        return true;
    }
    bool start_array(std::uint32_t count) { return done(packer_.pack_array(count)); }
    bool start_map(std::uint32_t count) { return done(packer_.pack_map(count)); }

private:
    static bool done(const Packer&) noexcept { return true; }

    Packer& packer_;
};

inline std::string numberText(double number) {
    std::array<char, 64> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return std::string(digits.data(), end.ptr);
}

/** What came, in words that do not repeat long or secret text. */
inline std::string describe(const Input& value) {
    switch (value.type) {
    case msgpack::type::NIL: return "null";
    case msgpack::type::BOOLEAN: return value.via.boolean ? "true" : "false";
    case msgpack::type::POSITIVE_INTEGER: return std::to_string(value.via.u64);
    case msgpack::type::NEGATIVE_INTEGER: return std::to_string(value.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: return numberText(value.via.f64);
    case msgpack::type::STR:
        return "text of " + std::to_string(characterCount({value.via.str.ptr, value.via.str.size}).value_or(0)) + " characters";
    case msgpack::type::ARRAY: return "list of " + std::to_string(value.via.array.size);
    case msgpack::type::MAP: return "map of " + std::to_string(value.via.map.size);
    default: return "other data";
    }
}

struct Text {
    std::size_t minimum = 0;
    std::size_t maximum = std::numeric_limits<std::size_t>::max();
    std::span<const PatternPart> pattern{};
    std::string_view patternText{};

    std::string expectation() const {
        std::string words = minimum > 0 ? "text of " + std::to_string(minimum) + " to " : std::string("text of up to ");
        words = maximum == std::numeric_limits<std::size_t>::max() ? "text" : words + std::to_string(maximum) + " characters";
        return patternText.empty() ? words : words + " like " + std::string(patternText);
    }
    bool decode(const Input& value, const Path& path, std::string& out, Problem& problem) const {
        if (value.type != msgpack::type::STR) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        const std::string_view text(value.via.str.ptr, value.via.str.size);
        if (!check(text, path, problem)) return false;
        out.assign(text);
        return true;
    }
    bool encode(Packer& packer, const Path& path, const std::string& text, Problem& problem) const {
        if (!check(text, path, problem)) return false;
        packText(packer, text);
        return true;
    }

private:
    bool check(std::string_view text, const Path& path, Problem& problem) const {
        const std::optional<std::size_t> characters = characterCount(text);
        if (!characters) return fail(problem, ProblemReason::profile, path.text(), "text in UTF-8", "other bytes");
        if (*characters < minimum || *characters > maximum || (!patternText.empty() && !matches(pattern, text))) {
            return fail(problem, ProblemReason::value, path.text(), expectation(),
                        "text of " + std::to_string(*characters) + " characters");
        }
        return true;
    }
};

/** Takes any exact encoding: a float with an integral value is an integer. */
struct Integer {
    std::int64_t minimum = -static_cast<std::int64_t>(kMaximumSafeInteger);
    std::int64_t maximum = static_cast<std::int64_t>(kMaximumSafeInteger);

    std::string expectation() const {
        return "integer from " + std::to_string(minimum) + " to " + std::to_string(maximum);
    }
    template <std::integral Number>
    bool decode(const Input& value, const Path& path, Number& out, Problem& problem) const {
        const std::optional<std::int64_t> number = exact(value);
        if (!number || *number < minimum || *number > maximum) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        out = static_cast<Number>(*number);
        return true;
    }
    template <std::integral Number>
    bool encode(Packer& packer, const Path& path, Number number, Problem& problem) const {
        if (std::cmp_less(number, minimum) || std::cmp_greater(number, maximum)) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), std::to_string(number));
        }
        packer.pack_int64(static_cast<std::int64_t>(number));
        return true;
    }

private:
    static std::optional<std::int64_t> exact(const Input& value) {
        switch (value.type) {
        case msgpack::type::POSITIVE_INTEGER: return static_cast<std::int64_t>(value.via.u64); // the profile keeps it below 2^53
        case msgpack::type::NEGATIVE_INTEGER: return value.via.i64;
        case msgpack::type::FLOAT32:
        case msgpack::type::FLOAT64: break;
        default: return std::nullopt;
        }
        const double number = value.via.f64;
        if (std::abs(number) > static_cast<double>(kMaximumSafeInteger) || std::trunc(number) != number) return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
};

struct Number {
    double minimum = std::numeric_limits<double>::lowest();
    double maximum = std::numeric_limits<double>::max();

    std::string expectation() const {
        if (minimum == std::numeric_limits<double>::lowest() && maximum == std::numeric_limits<double>::max()) return "finite number";
        return "number from " + numberText(minimum) + " to " + numberText(maximum);
    }
    bool decode(const Input& value, const Path& path, double& out, Problem& problem) const {
        double number = 0;
        switch (value.type) {
        case msgpack::type::POSITIVE_INTEGER: number = static_cast<double>(value.via.u64); break;
        case msgpack::type::NEGATIVE_INTEGER: number = static_cast<double>(value.via.i64); break;
        case msgpack::type::FLOAT32:
        case msgpack::type::FLOAT64: number = value.via.f64; break;
        default: return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        if (!check(number, path, problem)) return false;
        out = number;
        return true;
    }
    bool encode(Packer& packer, const Path& path, double number, Problem& problem) const {
        if (!check(number, path, problem)) return false;
        packNumber(packer, number);
        return true;
    }

private:
    bool check(double number, const Path& path, Problem& problem) const {
        if (number >= minimum && number <= maximum) return true; // false for NaN
        return fail(problem, ProblemReason::value, path.text(), expectation(), numberText(number));
    }
};

struct Boolean {
    std::string expectation() const { return "true or false"; }
    bool decode(const Input& value, const Path& path, bool& out, Problem& problem) const {
        if (value.type != msgpack::type::BOOLEAN) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        out = value.via.boolean;
        return true;
    }
    bool encode(Packer& packer, const Path&, bool flag, Problem&) const {
        flag ? packer.pack_true() : packer.pack_false();
        return true;
    }
};

template <class Enum>
struct Choice {
    std::string expectation() const {
        std::string words = "one of";
        for (const std::string_view name : ChoiceNames<Enum>::values) words.append(" ").append(name);
        return words;
    }
    bool decode(const Input& value, const Path& path, Enum& out, Problem& problem) const {
        if (value.type == msgpack::type::STR) {
            const std::string_view text(value.via.str.ptr, value.via.str.size);
            for (std::size_t index = 0; index < ChoiceNames<Enum>::values.size(); ++index) {
                if (ChoiceNames<Enum>::values[index] != text) continue;
                out = static_cast<Enum>(index);
                return true;
            }
        }
        return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
    }
    bool encode(Packer& packer, const Path& path, Enum choice, Problem& problem) const {
        const auto index = static_cast<std::size_t>(choice);
        if (index >= ChoiceNames<Enum>::values.size()) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), "value " + std::to_string(index));
        }
        packText(packer, ChoiceNames<Enum>::values[index]);
        return true;
    }
};

template <class Rule>
struct ListOf {
    Rule item{};
    std::size_t minimum = 0;
    std::size_t maximum = std::numeric_limits<std::uint32_t>::max();

    std::string expectation() const {
        return "list of " + std::to_string(minimum) + " to " + std::to_string(maximum);
    }
    template <class Item>
    bool decode(const Input& value, const Path& path, std::vector<Item>& out, Problem& problem) const {
        if (value.type != msgpack::type::ARRAY || value.via.array.size < minimum || value.via.array.size > maximum) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        out.clear();
        for (std::size_t index = 0; index < value.via.array.size; ++index) {
            const Path here{&path, {}, index};
            if (!item.decode(value.via.array.ptr[index], here, out.emplace_back(), problem)) return false;
        }
        return true;
    }
    template <class Item>
    bool encode(Packer& packer, const Path& path, const std::vector<Item>& list, Problem& problem) const {
        if (list.size() < minimum || list.size() > maximum) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), "list of " + std::to_string(list.size()));
        }
        packer.pack_array(static_cast<std::uint32_t>(list.size()));
        for (std::size_t index = 0; index < list.size(); ++index) {
            const Path here{&path, {}, index};
            if (!item.encode(packer, here, list[index], problem)) return false;
        }
        return true;
    }
};

/** null or a value. */
template <class Rule>
struct NullOr {
    Rule rule{};

    std::string expectation() const { return rule.expectation() + " or null"; }
    template <class Value>
    bool decode(const Input& value, const Path& path, std::optional<Value>& out, Problem& problem) const {
        out.reset();
        if (value.type == msgpack::type::NIL) return true;
        return rule.decode(value, path, out.emplace(), problem);
    }
    template <class Value>
    bool encode(Packer& packer, const Path& path, const std::optional<Value>& value, Problem& problem) const {
        if (value) return rule.encode(packer, path, *value, problem);
        packer.pack_nil();
        return true;
    }
};

/** A key that may be missing. */
template <class Rule>
struct IfPresent {
    Rule rule{};

    std::string expectation() const { return rule.expectation(); }
    template <class Value>
    bool decode(const Input& value, const Path& path, std::optional<Value>& out, Problem& problem) const {
        return rule.decode(value, path, out.emplace(), problem);
    }
    template <class Value>
    bool encode(Packer& packer, const Path& path, const std::optional<Value>& value, Problem& problem) const {
        return rule.encode(packer, path, *value, problem);
    }
};

template <class Rule>
inline constexpr bool kMayBeAbsent = false;
template <class Rule>
inline constexpr bool kMayBeAbsent<IfPresent<Rule>> = true;

/** Any value of the profile, kept as bytes. */
struct Anything {
    std::string expectation() const { return "any value"; }
    bool decode(const Input& value, const Path&, RawValue& out, Problem&) const {
        ByteBuffer buffer;
        Packer packer(buffer);
        RepackVisitor visitor(packer);
        msgpack::object_parser(value).parse(visitor);
        out.messagePack = std::move(buffer.bytes);
        return true;
    }
    bool encode(Packer& packer, const Path& path, const RawValue& value, Problem& problem) const {
        if (value.messagePack.empty()) {
            packer.pack_nil();
            return true;
        }
        const Limits limits{value.messagePack.size(), ProfileVisitor::kDeepest};
        if (!checkProfile(value.messagePack, limits, problem)) {
            problem.path.replace(0, 1, path.text());
            return false;
        }
        packReadyBytes(packer, value.messagePack);
        return true;
    }
};

/** Any map of the profile, kept as bytes. */
struct AnyMap {
    std::string expectation() const { return "map"; }
    bool decode(const Input& value, const Path& path, RawValue& out, Problem& problem) const {
        if (value.type != msgpack::type::MAP) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        return Anything{}.decode(value, path, out, problem);
    }
    bool encode(Packer& packer, const Path& path, const RawValue& value, Problem& problem) const {
        if (value.messagePack.empty()) {
            packer.pack_map(0);
            return true;
        }
        const auto head = std::to_integer<unsigned>(value.messagePack.front());
        if ((head & 0xF0u) != 0x80u && head != 0xDEu && head != 0xDFu) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), "another value");
        }
        return Anything{}.encode(packer, path, value, problem);
    }
};

} // namespace wire
} // namespace grym::protocol
