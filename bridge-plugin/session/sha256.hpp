// SHA-256 (FIPS 180-4), for the names of clips.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace grym::bridge {

class Sha256 {
public:
    void add(std::span<const std::byte> bytes);
    /** Lower-case hexadecimal digest of everything added. Once. */
    std::string finish();

private:
    std::array<std::uint32_t, 8> digest_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, 64> pending_{};
    std::size_t pendingBytes_ = 0;
    std::uint64_t totalBytes_ = 0;
};

/** Whether `text` could be such a digest: 64 lower-case hexadecimal digits. Also what makes it safe as a file name. */
bool isSha256Hex(const std::string& text);

} // namespace grym::bridge
