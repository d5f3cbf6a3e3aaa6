// The visitors that a generated `visitFields(fields, message)` is called with, and the frame around one message.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "problem.hpp"
#include "profile.hpp"
#include "rules.hpp"

namespace grym::protocol::wire {

/** `Message` is `Wanted`, const or not: one `visitFields` serves decoding and encoding. */
template <class Message, class Wanted>
concept Is = std::same_as<std::remove_const_t<Message>, Wanted>;

/** The value of a key; of a key that stands there twice the last one, as in JavaScript. */
inline const Input* find(const Input& map, std::string_view key) noexcept {
    for (std::size_t index = map.via.map.size; index > 0; --index) {
        const auto& entry = map.via.map.ptr[index - 1];
        if (std::string_view(entry.key.via.str.ptr, entry.key.via.str.size) == key) return &entry.val; // the profile: all keys are text
    }
    return nullptr;
}

/** Reads fields out of a map. Keys that no rule asks for are ignored: a newer daemon may send more. */
class DecodeFields {
public:
    DecodeFields(const Input& map, const Path& path, Problem& problem) noexcept
        : map_(map), path_(path), problem_(problem) {}

    bool type(std::string_view) noexcept { return true; } // has chosen this message already
    template <class Rule, class Member>
    bool field(std::string_view key, Member& member, const Rule& rule) {
        const Path here{&path_, key};
        const Input* value = find(map_, key);
        if (value != nullptr) return rule.decode(*value, here, member, problem_);
        if constexpr (kMayBeAbsent<Rule>) {
            member.reset();
            return true;
        } else {
            return fail(problem_, ProblemReason::value, here.text(), rule.expectation(), "nothing");
        }
    }

private:
    const Input& map_;
    const Path& path_;
    Problem& problem_;
};

class CountFields {
public:
    bool type(std::string_view) noexcept { return count(); }
    template <class Rule, class Member>
    bool field(std::string_view, const Member& member, const Rule&) noexcept {
        if constexpr (kMayBeAbsent<Rule>) {
            return !member || count();
        } else {
            return count();
        }
    }
    std::uint32_t result() const noexcept { return count_; }

private:
    bool count() noexcept {
        ++count_;
        return true;
    }
    std::uint32_t count_ = 0;
};

class EncodeFields {
public:
    EncodeFields(Packer& packer, const Path& path, Problem& problem) noexcept
        : packer_(packer), path_(path), problem_(problem) {}

    bool type(std::string_view name) {
        packText(packer_, "type");
        packText(packer_, name);
        return true;
    }
    template <class Rule, class Member>
    bool field(std::string_view key, const Member& member, const Rule& rule) {
        if constexpr (kMayBeAbsent<Rule>) {
            if (!member) return true;
        }
        packText(packer_, key);
        return rule.encode(packer_, Path{&path_, key}, member, problem_);
    }

private:
    Packer& packer_;
    const Path& path_;
    Problem& problem_;
};

/** A map with the fields of a generated struct. */
struct Record {
    std::string expectation() const { return "map"; }
    template <class Struct>
    bool decode(const Input& value, const Path& path, Struct& out, Problem& problem) const {
        if (value.type != msgpack::type::MAP) {
            return fail(problem, ProblemReason::value, path.text(), expectation(), describe(value));
        }
        DecodeFields fields(value, path, problem);
        return visitFields(fields, out);
    }
    template <class Struct>
    bool encode(Packer& packer, const Path& path, const Struct& value, Problem& problem) const {
        CountFields counter;
        visitFields(counter, value);
        packer.pack_map(counter.result());
        EncodeFields fields(packer, path, problem);
        return visitFields(fields, value);
    }
};

/** Runs `work`, which returns whether it succeeded; an exception becomes a problem, so none leaves the codec. */
template <class Work>
bool guarded(Problem& problem, Work&& work) noexcept {
    try {
        problem = Problem{};
        return work();
    } catch (const std::bad_alloc&) {
        problem.reason = ProblemReason::memory;
    } catch (const std::exception&) {
        problem.reason = ProblemReason::syntax; // what the library throws for bytes that it cannot read
        problem.path.assign(1, '$');
    }
    return false;
}

/** The `type` of a message, where it is a map that has one. */
inline bool readType(const Input& message, std::string_view& type, Problem& problem) {
    if (message.type != msgpack::type::MAP) {
        return fail(problem, ProblemReason::value, "$", "map", describe(message));
    }
    const Input* value = find(message, "type");
    if (value == nullptr) return fail(problem, ProblemReason::value, "$.type", "the message's type", "nothing");
    if (value->type != msgpack::type::STR) {
        return fail(problem, ProblemReason::value, "$.type", "the message's type", describe(*value));
    }
    type = {value->via.str.ptr, value->via.str.size};
    return true;
}

/** Takes the value as `Candidate` into `message` where the type is its own; returns whether it was. */
template <class Candidate, class Variant>
bool decodeIfType(std::string_view type, const Input& value, std::optional<Variant>& message, Problem& problem) {
    if (type != Candidate::kType) return false;
    Candidate candidate;
    if (Record{}.decode(value, Path{}, candidate, problem)) message.emplace(std::move(candidate));
    return true;
}

/** `dispatch(type, value, message, problem)` chooses among the types of one direction. */
template <class Variant, class Dispatch>
std::optional<Variant> decodeFrame(std::span<const std::byte> bytes, const Limits& limits, Problem& problem, Dispatch&& dispatch) noexcept {
    std::optional<Variant> message;
    guarded(problem, [&] {
        if (!checkProfile(bytes, limits, problem)) return false;
        const msgpack::object_handle handle = msgpack::unpack(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        std::string_view type;
        if (!readType(handle.get(), type, problem)) return false;
        dispatch(type, handle.get(), message, problem);
        return message.has_value();
    });
    if (problem.reason != ProblemReason::none) message.reset();
    return message;
}

/** The bytes of one message, or nothing and a problem: what this side would refuse to decode is never sent. */
template <class Message>
std::vector<std::byte> encodeFrame(const Message& message, const Limits& limits, Problem& problem) noexcept {
    ByteBuffer buffer;
    const bool complete = guarded(problem, [&] {
        Packer packer(buffer);
        return Record{}.encode(packer, Path{}, message, problem) && checkProfile(buffer.bytes, limits, problem);
    });
    if (!complete) buffer.bytes.clear();
    return std::move(buffer.bytes);
}

} // namespace grym::protocol::wire
