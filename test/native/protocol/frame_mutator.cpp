#include "frame_mutator.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace golden {
namespace {

std::byte operator""_b(unsigned long long value) { return static_cast<std::byte>(value); }

/** Bytes of the head and fixed part of the item at `at`, and how many items follow inside it. */
std::pair<std::size_t, std::size_t> headOf(std::span<const std::byte> frame, std::size_t at) {
    const auto head = std::to_integer<std::size_t>(frame[at]);
    const auto number = [&](std::size_t bytes) {
        std::size_t value = 0;
        for (std::size_t step = 1; step <= bytes && at + step < frame.size(); ++step) {
            value = value << 8 | std::to_integer<std::size_t>(frame[at + step]);
        }
        return value;
    };
    if (head >= 0x80 && head <= 0x8F) return {1, 2 * (head & 0x0F)};
    if (head >= 0x90 && head <= 0x9F) return {1, head & 0x0F};
    if (head >= 0xA0 && head <= 0xBF) return {1 + (head & 0x1F), 0};
    switch (head) {
    case 0xCC: case 0xD0: return {2, 0};
    case 0xCD: case 0xD1: return {3, 0};
    case 0xCA: case 0xCE: case 0xD2: return {5, 0};
    case 0xCB: case 0xCF: case 0xD3: return {9, 0};
    case 0xD9: return {2 + number(1), 0};
    case 0xDA: return {3 + number(2), 0};
    case 0xDB: return {5 + number(4), 0};
    case 0xDC: return {3, number(2)};
    case 0xDD: return {5, number(4)};
    case 0xDE: return {3, 2 * number(2)};
    case 0xDF: return {5, 2 * number(4)};
    default: return {1, 0};
    }
}

/** Where the item that begins at `at` ends, its content included; the frame's end where it is cut off. */
std::size_t endOf(std::span<const std::byte> frame, std::size_t at) {
    std::size_t pending = 1;
    while (pending > 0 && at < frame.size()) {
        const auto [bytes, items] = headOf(frame, at);
        at += bytes;
        pending += items;
        --pending;
    }
    return std::min(at, frame.size());
}

} // namespace

FrameMutator::FrameMutator(std::vector<Frame> corpus, std::uint64_t seed) : corpus_(std::move(corpus)), random_(seed) {}

std::size_t FrameMutator::below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random_() % bound); }

const Frame& FrameMutator::pick() { return corpus_[below(corpus_.size())]; }

FrameMutator::Item FrameMutator::pickItem(std::span<const std::byte> frame) {
    std::vector<std::size_t> begins;
    for (std::size_t at = 0; at < frame.size(); at += headOf(frame, at).first) begins.push_back(at);
    if (begins.empty()) return {0, 0};
    const std::size_t begin = begins[below(begins.size())];
    return {begin, endOf(frame, begin)};
}

Frame FrameMutator::randomValue() {
    static const std::vector<Frame> kOddValues{
        {0xC0_b}, {0xC1_b}, {0xC2_b}, {0xC3_b}, {0x00_b}, {0x7F_b}, {0xFF_b}, {0x80_b}, {0x90_b}, {0xA0_b},
        {0xCB_b, 0x7F_b, 0xF8_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b},                         // NaN
        {0xCA_b, 0xFF_b, 0x80_b, 0_b, 0_b},                                             // minus infinity
        {0xCB_b, 0x80_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b},                            // minus zero
        {0xCB_b, 0x43_b, 0x40_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b},                         // 2^53 as a float
        {0xCF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b},       // 2^64 - 1
        {0xD3_b, 0x80_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b, 0_b},                            // -2^63
        {0xDB_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b}, {0xDD_b, 0x7F_b, 0xFF_b, 0xFF_b, 0xFF_b}, {0xDF_b, 0xFF_b, 0xFF_b, 0xFF_b, 0xFF_b},
        {0xA2_b, 0xC0_b, 0xAF_b}, {0xA3_b, 0xED_b, 0xA0_b, 0x80_b},                     // not UTF-8
        {0xC4_b, 0x01_b, 0x00_b}, {0xD4_b, 0x72_b, 0x40_b}, {0xC7_b, 0x00_b, 0x01_b},   // binary, extensions
    };
    if (below(3) > 0) return kOddValues[below(kOddValues.size())];
    const Frame& donor = pick();
    const Item item = pickItem(donor);
    return {donor.begin() + static_cast<std::ptrdiff_t>(item.begin), donor.begin() + static_cast<std::ptrdiff_t>(item.end)};
}

void FrameMutator::mutateValue(Frame& frame) {
    const Item item = pickItem(frame);
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(item.begin);
    const auto end = frame.begin() + static_cast<std::ptrdiff_t>(item.end);
    const Frame content(begin, end);
    switch (below(5)) {
    case 0: { // another value
        const Frame value = randomValue();
        frame.insert(frame.erase(begin, end), value.begin(), value.end());
        break;
    }
    case 1: // twice
        frame.insert(end, content.begin(), content.end());
        break;
    case 2: // gone
        frame.erase(begin, end);
        break;
    case 3: // deeper
        frame.insert(begin, 1 + below(40), 0x91_b);
        break;
    default: // another count or length in its head
        if (begin != end) *begin = static_cast<std::byte>((std::to_integer<unsigned>(*begin) & 0xF0u) | below(16));
        break;
    }
}

void FrameMutator::mutateBytes(Frame& frame) {
    const std::size_t at = below(frame.size());
    const auto place = frame.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(frame.size() - at, 1 + below(16));
    switch (frame.empty() ? 3 : below(6)) {
    case 0: *place ^= static_cast<std::byte>(1u << below(8)); break;
    case 1: *place = static_cast<std::byte>(below(256)); break;
    case 2: *place = static_cast<std::byte>(0xC0 + below(32)); break; // another kind of item
    case 3: frame.insert(place, 1 + below(8), static_cast<std::byte>(below(256))); break;
    case 4: frame.erase(place, place + static_cast<std::ptrdiff_t>(length)); break;
    default: frame.resize(at); break;
    }
}

Frame FrameMutator::next() {
    Frame frame = pick();
    const std::size_t rounds = below(2) == 0 ? 1 : 1 + below(4); // many frames stay near a good one, where the bounds are
    for (std::size_t round = 0; round < rounds; ++round) {
        if (below(2) == 0) {
            mutateValue(frame);
        } else {
            mutateBytes(frame);
        }
    }
    return frame;
}

} // namespace golden
