#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "generated/messages.hpp"
#include "golden.hpp"

namespace {

using namespace grym::protocol;
using golden::Json;

/** Decodes in the file's direction and hands the variant to `use`. */
template <class Use>
void withDecoded(const Json& file, std::span<const std::byte> bytes, Problem& problem, Use&& use) {
    if (file.at("sender") == "client") {
        use(decodeClientMessage(bytes, problem));
    } else {
        use(decodeDaemonMessage(bytes, problem));
    }
}

/** What another MessagePack library reads in the bytes. */
Json readByOtherLibrary(std::span<const std::byte> bytes) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return Json::from_msgpack(first, first + bytes.size());
}

struct TypeOf {
    template <class Message>
    std::string operator()(const Message&) const { return std::string(Message::kType); }
    std::string operator()(const Unknown& unknown) const { return "unknown " + unknown.type; }
};

struct Encode {
    Problem& problem;
    template <class Message>
    std::vector<std::byte> operator()(const Message& message) const { return encode(message, problem); }
    std::vector<std::byte> operator()(const Unknown&) const { return {}; }
};

} // namespace

TEST_CASE("valid vectors decode, and encode to bytes that mean the same") {
    int count = 0;
    for (const Json& file : golden::readMessages()) {
        for (const Json& vector : file.at("valid")) {
            CAPTURE(file.at("message").get<std::string>());
            CAPTURE(vector.at("name").get<std::string>());
            const std::vector<std::byte> bytes = golden::bytesOf(vector);
            REQUIRE(readByOtherLibrary(bytes) == vector.at("value"));
            Problem problem;
            withDecoded(file, bytes, problem, [&](const auto& decoded) {
                CAPTURE(problem.sentence());
                REQUIRE(decoded.has_value());
                CHECK(std::visit(TypeOf{}, *decoded) == file.at("message"));
                const std::vector<std::byte> encoded = std::visit(Encode{problem}, *decoded);
                CAPTURE(problem.sentence());
                REQUIRE_FALSE(encoded.empty());
                CHECK(readByOtherLibrary(encoded) == vector.at("value"));
                withDecoded(file, encoded, problem, [&](const auto& again) {
                    CHECK(std::visit(TypeOf{}, again.value()) == file.at("message"));
                });
            });
            ++count;
        }
    }
    CHECK(count > 100);
}

TEST_CASE("invalid vectors are refused at their place; unknown keys are ignored") {
    int count = 0;
    for (const Json& file : golden::readMessages()) {
        for (const Json& vector : file.at("invalid")) {
            CAPTURE(file.at("message").get<std::string>());
            CAPTURE(vector.at("name").get<std::string>());
            Problem problem;
            withDecoded(file, golden::bytesOf(vector), problem, [&](const auto& decoded) {
                CAPTURE(problem.sentence());
                if (vector.at("refusedBy") == "typescript") {
                    CHECK(decoded.has_value());
                    CHECK(problem.reason == ProblemReason::none);
                    return;
                }
                REQUIRE_FALSE(decoded.has_value());
                CHECK(toText(problem.reason) == vector.at("reason").get<std::string>());
                CHECK(problem.path == vector.at("path").get<std::string>());
                CHECK_FALSE(problem.expected.empty());
                CHECK_FALSE(problem.got.empty());
            });
            ++count;
        }
    }
    CHECK(count > 200);
}

TEST_CASE("frames that are no message are refused with the same reason and place as in TypeScript") {
    const Json frames = golden::readFrames();
    for (const Json& vector : frames.at("invalid")) {
        CAPTURE(vector.at("name").get<std::string>());
        Problem problem;
        REQUIRE_FALSE(decodeClientMessage(golden::bytesOf(vector), problem).has_value());
        CAPTURE(problem.sentence());
        CHECK(toText(problem.reason) == vector.at("reason").get<std::string>());
        CHECK(problem.path == vector.at("path").get<std::string>());
    }
}

TEST_CASE("frames of an unknown type decode to Unknown") {
    const Json frames = golden::readFrames();
    for (const Json& vector : frames.at("unknownTypes")) {
        CAPTURE(vector.at("name").get<std::string>());
        Problem problem;
        const auto message = decodeClientMessage(golden::bytesOf(vector), problem);
        REQUIRE(message.has_value());
        CHECK(std::get<Unknown>(*message).type == vector.at("type").get<std::string>());
    }
}
