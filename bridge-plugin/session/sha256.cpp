#include "session/sha256.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace grym::bridge {
namespace {

constexpr std::array<std::uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using Digest = std::array<std::uint32_t, 8>;

void compress(Digest& digest, const unsigned char* block) {
    std::array<std::uint32_t, 64> words{};
    for (std::size_t index = 0; index < 16; ++index)
        words[index] = static_cast<std::uint32_t>(block[4 * index]) << 24 | static_cast<std::uint32_t>(block[4 * index + 1]) << 16
            | static_cast<std::uint32_t>(block[4 * index + 2]) << 8 | block[4 * index + 3];
    for (std::size_t index = 16; index < 64; ++index) {
        const std::uint32_t early = words[index - 15];
        const std::uint32_t late = words[index - 2];
        words[index] = words[index - 16] + (std::rotr(early, 7) ^ std::rotr(early, 18) ^ early >> 3) + words[index - 7]
            + (std::rotr(late, 17) ^ std::rotr(late, 19) ^ late >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = digest;
    for (std::size_t round = 0; round < 64; ++round) {
        const std::uint32_t first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g))
            + kRoundConstants[round] + words[round];
        const std::uint32_t second = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const Digest change = {a, b, c, d, e, f, g, h};
    for (std::size_t index = 0; index < digest.size(); ++index)
        digest[index] += change[index];
}

} // namespace

void Sha256::add(std::span<const std::byte> bytes) {
    const auto* input = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t left = bytes.size();
    totalBytes_ += left;
    while (left > 0) {
        if (pendingBytes_ == 0 && left >= pending_.size()) {
            compress(digest_, input);
            input += pending_.size();
            left -= pending_.size();
            continue;
        }
        const std::size_t taken = std::min(left, pending_.size() - pendingBytes_);
        std::memcpy(pending_.data() + pendingBytes_, input, taken);
        pendingBytes_ += taken;
        input += taken;
        left -= taken;
        if (pendingBytes_ == pending_.size()) {
            compress(digest_, pending_.data());
            pendingBytes_ = 0;
        }
    }
}

std::string Sha256::finish() {
    const std::uint64_t bits = totalBytes_ * 8;
    std::array<std::byte, 72> padding{};
    padding[0] = std::byte{0x80};
    // One bit, then zeros up to 8 bytes before the end of a block, then the length.
    const std::size_t zeros = (119 - pendingBytes_) % 64;
    for (std::size_t index = 0; index < 8; ++index)
        padding[1 + zeros + index] = static_cast<std::byte>(bits >> (56 - 8 * index));
    add(std::span(padding).first(1 + zeros + 8));

    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (const std::uint32_t word : digest_)
        for (int shift = 28; shift >= 0; shift -= 4)
            text.push_back(kDigits[word >> shift & 15]);
    return text;
}

bool isSha256Hex(const std::string& text) {
    return text.size() == 64
        && std::all_of(text.begin(), text.end(), [](char digit) { return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'); });
}

} // namespace grym::bridge
