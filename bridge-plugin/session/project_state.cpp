#include "session/project_state.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <nlohmann/json.hpp>

#include "session/sha256.hpp"

namespace grym::bridge {
namespace {

using Json = nlohmann::json;

constexpr int kStateVersion = 1;
constexpr std::size_t kMaximumStateBytes = 1024 * 1024;
constexpr double kMaximumSongQuarters = 1e9;

bool isBridgeId(const std::string& text) {
    if (text.size() != 36)
        return false;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const bool dash = index == 8 || index == 13 || index == 18 || index == 23;
        const char letter = text[index];
        const bool digit = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
        if (dash ? letter != '-' : !digit)
            return false;
    }
    return true;
}

bool readText(const Json& from, const char* name, std::size_t maximum, std::string& text) {
    const auto found = from.find(name);
    if (found == from.end() || !found->is_string())
        return false;
    text = found->get<std::string>();
    return text.size() <= maximum;
}

bool readNumber(const Json& from, const char* name, double minimum, double maximum, double& number) {
    const auto found = from.find(name);
    if (found == from.end() || !found->is_number())
        return false;
    number = found->get<double>();
    return number >= minimum && number <= maximum; // also false for NaN
}

bool readCount(const Json& from, const char* name, std::uint64_t& count) {
    double number = 0;
    if (!readNumber(from, name, 0, 9007199254740991.0, number) || number != std::floor(number))
        return false;
    count = static_cast<std::uint64_t>(number);
    return true;
}

bool readSlot(const Json& from, ProjectSlot& slot) {
    protocol::ClipReference& clip = slot.clip;
    double channels = 0;
    // The bounds are those of the message `load-slot` (protocol/messages/bridge.ts); names and paths count bytes here.
    const bool complete = readText(from, "hash", 64, clip.hash) && isSha256Hex(clip.hash) && readText(from, "path", 16'384, clip.path)
        && readText(from, "name", 800, clip.name) && readNumber(from, "sampleRate", 8'000, 768'000, clip.sampleRate)
        && readNumber(from, "channels", 1, 2, channels) && readCount(from, "frames", clip.frames)
        && readNumber(from, "tempoBpm", 20, 400, clip.tempoBpm) && readNumber(from, "quarterNotes", 0, 65'536, clip.quarterNotes)
        && readCount(from, "revision", slot.revision);
    const auto loop = from.find("loop");
    if (!complete || loop == from.end() || !loop->is_boolean())
        return false;
    clip.channels = static_cast<std::uint32_t>(channels);
    clip.loop = loop->get<bool>();
    double armed = 0;
    if (readNumber(from, "armedSongQuarters", -kMaximumSongQuarters, kMaximumSongQuarters, armed))
        slot.armedSongQuarters = armed;
    return true;
}

} // namespace

std::string writeProjectState(const ProjectState& state) {
    Json slots = Json::array();
    for (std::uint32_t index = 0; index < kSlots; ++index) {
        const auto& slot = state.slots[index];
        if (!slot)
            continue;
        const protocol::ClipReference& clip = slot->clip;
        Json entry = {{"slot", index},
            {"hash", clip.hash},
            {"path", clip.path},
            {"name", clip.name},
            {"tempoBpm", clip.tempoBpm},
            {"quarterNotes", clip.quarterNotes},
            {"loop", clip.loop},
            {"sampleRate", clip.sampleRate},
            {"channels", clip.channels},
            {"frames", clip.frames},
            {"revision", slot->revision}};
        if (slot->armedSongQuarters)
            entry["armedSongQuarters"] = *slot->armedSongQuarters;
        slots.push_back(std::move(entry));
    }
    const Json document = {{"version", kStateVersion}, {"bridgeId", state.bridgeId}, {"slots", std::move(slots)}};
    // ASCII only: hosts store the text in XML, Turtle and binary chunks.
    return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<ProjectState> readProjectState(std::string_view text, std::string& problem) {
    if (text.size() > kMaximumStateBytes) {
        problem = "The project's state of this plugin is " + std::to_string(text.size()) + " bytes long; it was not taken.";
        return std::nullopt;
    }
    const Json document = Json::parse(text, nullptr, false);
    double version = 0;
    if (document.is_discarded() || !document.is_object() || !readNumber(document, "version", 1, 1e6, version)) {
        problem = "The project's state of this plugin is not JSON with a version; it was not taken.";
        return std::nullopt;
    }
    if (version > kStateVersion) {
        problem = "The project was saved by a newer version of this plugin; its slots were not taken.";
        return std::nullopt;
    }
    ProjectState state;
    if (!readText(document, "bridgeId", 36, state.bridgeId) || !isBridgeId(state.bridgeId)) {
        problem = "The project's state of this plugin names no bridge; it was not taken.";
        return std::nullopt;
    }
    const auto slots = document.find("slots");
    if (slots == document.end() || !slots->is_array())
        return state;
    for (const Json& entry : *slots) {
        double index = -1;
        ProjectSlot slot;
        if (!entry.is_object() || !readNumber(entry, "slot", 0, kSlots - 1, index) || !readSlot(entry, slot)) {
            problem = "A slot in the project's state of this plugin is damaged; it was left empty.";
            continue;
        }
        state.slots[static_cast<std::size_t>(index)] = std::move(slot);
    }
    return state;
}

std::string createBridgeId() {
    std::random_device random;
    std::array<std::uint32_t, 4> words{random(), random(), random(), random()};
    words[1] = (words[1] & 0xffff0fffu) | 0x00004000u; // version 4
    words[2] = (words[2] & 0x3fffffffu) | 0x80000000u; // variant of RFC 9562
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string id;
    for (std::size_t nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20)
            id.push_back('-');
        id.push_back(kDigits[words[nibble / 8] >> (28 - 4 * (nibble % 8)) & 15]);
    }
    return id;
}

} // namespace grym::bridge
