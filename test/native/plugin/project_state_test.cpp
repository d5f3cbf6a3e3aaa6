#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>

#include "session/project_state.hpp"

using namespace grym::bridge;

namespace {

ProjectState example() {
    ProjectState state;
    state.bridgeId = "01234567-89ab-4cde-8f01-23456789abcd";
    ProjectSlot slot;
    slot.clip.hash = std::string(64, 'a');
    slot.clip.path = "/clips/a.wav";
    slot.clip.name = "Bass “dark”";
    slot.clip.sampleRate = 48000;
    slot.clip.channels = 2;
    slot.clip.frames = 192000;
    slot.clip.tempoBpm = 120;
    slot.clip.quarterNotes = 8;
    slot.clip.loop = true;
    slot.revision = 42;
    slot.armedSongQuarters = 16;
    state.slots[5] = slot;
    return state;
}

} // namespace

TEST_CASE("what is written is read again, in ASCII") {
    const std::string text = writeProjectState(example());
    for (const char letter : text)
        CHECK(static_cast<unsigned char>(letter) < 128);
    std::string problem;
    const auto state = readProjectState(text, problem);
    REQUIRE(state);
    CHECK(problem.empty());
    CHECK(state->bridgeId == example().bridgeId);
    REQUIRE(state->slots[5]);
    CHECK(state->slots[5]->clip == example().slots[5]->clip);
    CHECK(state->slots[5]->revision == 42);
    CHECK(state->slots[5]->armedSongQuarters == 16);
    CHECK_FALSE(state->slots[4]);
    CHECK(writeProjectState(*state) == text);
}

TEST_CASE("a damaged slot is left empty, the others are kept") {
    ProjectState state = example();
    state.slots[6] = state.slots[5];
    state.slots[6]->clip.hash = "../../etc/passwd";
    std::string problem;
    const auto read = readProjectState(writeProjectState(state), problem);
    REQUIRE(read);
    CHECK(problem == "A slot in the project's state of this plugin is damaged; it was left empty.");
    CHECK(read->slots[5]);
    CHECK_FALSE(read->slots[6]);
}

TEST_CASE("a newer version is not guessed at") {
    std::string text = writeProjectState(example());
    text.replace(text.find("\"version\":1"), 11, "\"version\":2");
    std::string problem;
    CHECK_FALSE(readProjectState(text, problem));
    CHECK(problem == "The project was saved by a newer version of this plugin; its slots were not taken.");
}

TEST_CASE("any text is safe to read") {
    const std::string whole = writeProjectState(example());
    std::mt19937 random(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        for (auto count = 1 + random() % 5; count > 0; --count)
            text[random() % text.size()] = static_cast<char>(random());
        std::string problem;
        (void)readProjectState(text, problem);
    }
    std::string problem;
    CHECK_FALSE(readProjectState(std::string(900'000, '['), problem));
    CHECK_FALSE(readProjectState(std::string(2'000'000, ' '), problem));
}

TEST_CASE("ids are UUIDs of version 4, each another") {
    std::set<std::string> ids;
    for (int count = 0; count < 100; ++count) {
        const std::string id = createBridgeId();
        REQUIRE(id.size() == 36);
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        ids.insert(id);
    }
    CHECK(ids.size() == 100);
}
