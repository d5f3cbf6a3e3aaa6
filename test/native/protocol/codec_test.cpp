#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "generated/messages.hpp"

namespace {

using namespace grym::protocol;

std::vector<std::byte> bytesOf(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return {first, first + text.size()};
}

Identify smallIdentify() {
    Identify identify;
    identify.protocolVersions = {1};
    return identify;
}

} // namespace

TEST_CASE("a struct survives the way there and back") {
    Identify identify = smallIdentify();
    identify.bridge.emplace();
    identify.bridge->bridgeId = "3b241101-e2bb-4255-8caf-4136c566a962";
    identify.bridge->track = "B\xC3\xA4\xC3\x9F";
    identify.bridge->sampleRate = 44100.5;
    identify.bridge->processId = (1ull << 53) - 1;
    identify.bridge->slots.push_back({.slot = 15, .state = SlotState::failed, .hash = {}, .revision = 7, .problem = "gone"});
    identify.subscribe = {EventClass::slots, EventClass::meters};
    Problem problem;
    const auto message = decodeClientMessage(encode(identify, problem), problem);
    REQUIRE_MESSAGE(message.has_value(), problem.sentence());
    CHECK(std::get<Identify>(*message) == identify);
}

TEST_CASE("a struct out of its bounds is not encoded, and the problem says where") {
    Problem problem;
    SUBCASE("an integer") {
        CHECK(encode(ClearSlot{.slot = 16, .revision = 0}, problem).empty());
        CHECK(problem.sentence() == "At $.slot: expected integer from 0 to 15, got 16.");
    }
    SUBCASE("a counter beyond 2^53 - 1") {
        CHECK(encode(ClearSlot{.slot = 0, .revision = std::numeric_limits<std::uint64_t>::max()}, problem).empty());
        CHECK(problem.path == "$.revision");
    }
    SUBCASE("text that is not UTF-8") {
        Identify identify = smallIdentify();
        identify.clientName = "track \xFF";
        CHECK(encode(identify, problem).empty());
        CHECK(problem.reason == ProblemReason::profile);
        CHECK(problem.path == "$.clientName");
    }
    SUBCASE("a number that is none") {
        BridgeUpdate update;
        update.bridge.bridgeId = "3b241101-e2bb-4255-8caf-4136c566a962";
        update.bridge.sampleRate = std::numeric_limits<double>::quiet_NaN();
        CHECK(encode(update, problem).empty());
        CHECK(problem.path == "$.bridge.sampleRate");
    }
    SUBCASE("an enum without a name") {
        BridgeUpdate update;
        update.bridge.bridgeId = "3b241101-e2bb-4255-8caf-4136c566a962";
        update.bridge.pluginFormat = static_cast<PluginFormat>(99);
        CHECK(encode(update, problem).empty());
        CHECK(problem.path == "$.bridge.pluginFormat");
    }
    SUBCASE("an item of a list") {
        SlotReportMessage report;
        report.slots.resize(2);
        report.slots[1].hash = "no hash";
        CHECK(encode(report, problem).empty());
        CHECK(problem.path == "$.slots[1].hash");
    }
}

TEST_CASE("open values travel as the bytes of one value") {
    Request request{.id = 1, .action = "generate", .params = {}};
    Problem problem;
    SUBCASE("an empty one is an empty map") {
        const auto message = decodeClientMessage(encode(request, problem), problem);
        REQUIRE(message.has_value());
        CHECK(std::get<Request>(*message).params.messagePack == bytesOf("\x80"));
    }
    SUBCASE("a map comes back as it was") {
        request.params.messagePack = bytesOf("\x81\xA4"
                                             "bars\x02");
        const auto message = decodeClientMessage(encode(request, problem), problem);
        REQUIRE_MESSAGE(message.has_value(), problem.sentence());
        CHECK(std::get<Request>(*message) == request);
    }
    SUBCASE("what is no map is refused") {
        request.params.messagePack = bytesOf("\x02");
        CHECK(encode(request, problem).empty());
        CHECK(problem.path == "$.params");
    }
    SUBCASE("two values are refused: the second would stand where a key belongs") {
        request.params.messagePack = bytesOf("\x80\x80");
        CHECK(encode(request, problem).empty());
        CHECK(problem.reason == ProblemReason::syntax);
        CHECK(problem.path == "$.params");
    }
    SUBCASE("nesting counts from the message on") {
        request.params.messagePack = bytesOf("\x81\xA1x" + std::string(kMaximumMessageDepth - 2, '\x91') + "\x01");
        CHECK_FALSE(encode(request, problem).empty());
        request.params.messagePack = bytesOf("\x81\xA1x" + std::string(kMaximumMessageDepth - 1, '\x91') + "\x01");
        CHECK(encode(request, problem).empty());
        CHECK(problem.reason == ProblemReason::depth);
    }
}

TEST_CASE("the largest frame is taken, a larger one is not looked at") {
    Problem problem;
    std::string frame("\x84\xA4type\xA7request\xA2id\x01\xA6"
                      "action\xA1"
                      "a\xA6params\x81\xA1x\xDB");
    const std::size_t textBytes = kMaximumMessageBytes - frame.size() - 4;
    for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>((textBytes >> shift) & 0xFF));
    frame.append(textBytes, 'x');
    REQUIRE(frame.size() == kMaximumMessageBytes);
    CHECK_MESSAGE(decodeClientMessage(bytesOf(frame), problem).has_value(), problem.sentence());
    CHECK_FALSE(decodeClientMessage(bytesOf(frame + "x"), problem).has_value());
    CHECK(problem.reason == ProblemReason::size);
}

TEST_CASE("a key that stands twice counts by its last value, as in JavaScript") {
    Problem problem;
    const auto message = decodeClientMessage(bytesOf("\x83\xA4type\xA6"
                                                     "cancel\xA2id\x01\xA2id\x02"),
                                             problem);
    REQUIRE(message.has_value());
    CHECK(std::get<Cancel>(*message).id == 2);
}

TEST_CASE("text from a host is cut to what fits and is UTF-8") {
    CHECK(fitText("Bass", 200) == "Bass");
    CHECK(fitText("B\xC3\xA4\xC3\x9F", 2) == "B\xC3\xA4");
    CHECK(fitText("\xF0\x9D\x84\x9E\xF0\x9D\x84\x9E", 1) == "\xF0\x9D\x84\x9E");
    CHECK(fitText("ok\xFFnot", 200) == "ok");
    CHECK(fitText("cut \xE2\x82", 200) == "cut ");
    CHECK(fitText("", 5).empty());
    CHECK(fitText("x", 0).empty());
}

TEST_CASE("a problem of an earlier call does not stay") {
    Problem problem;
    CHECK_FALSE(decodeDaemonMessage({}, problem).has_value());
    CHECK(problem.reason == ProblemReason::syntax);
    CHECK_FALSE(encode(ClearSlot{}, problem).empty());
    CHECK(problem.reason == ProblemReason::none);
    CHECK(problem.sentence().empty());
}
