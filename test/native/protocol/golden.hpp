// The golden vectors of protocol/golden, as the tests and the fuzz program read them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace golden {

using Json = nlohmann::json;

inline Json readFile(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    return Json::parse(file);
}

/** One file for each message type, without frames.json. */
inline std::vector<Json> readMessages() {
    std::vector<Json> files;
    for (const auto& entry : std::filesystem::directory_iterator(GRYM_GOLDEN_FOLDER)) {
        if (entry.path().filename() != "frames.json") files.push_back(readFile(entry.path()));
    }
    return files;
}

inline Json readFrames() { return readFile(std::filesystem::path(GRYM_GOLDEN_FOLDER) / "frames.json"); }

inline std::vector<std::byte> bytesOf(const Json& vector) {
    const auto& digits = vector.at("bytes").get_ref<const std::string&>();
    std::vector<std::byte> bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t index = 0; index + 1 < digits.size(); index += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(digits.substr(index, 2), nullptr, 16)));
    }
    return bytes;
}

} // namespace golden
