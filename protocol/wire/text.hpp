// Text on the wire: UTF-8 checks, lengths and patterns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace grym::protocol::wire {

/**
 * Number of Unicode code points, which is what the bounds of the schemas count; nothing where the bytes are not UTF-8
 * (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
inline std::optional<std::size_t> characterCount(std::string_view text) noexcept {
    std::size_t characters = 0;
    std::size_t index = 0;
    const auto byteAt = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    while (index < text.size()) {
        const unsigned lead = byteAt(index);
        std::size_t continuation = 0;
        unsigned secondLow = 0x80;
        unsigned secondHigh = 0xBF;
        if (lead < 0x80) {
            continuation = 0;
        } else if (lead >= 0xC2 && lead <= 0xDF) {
            continuation = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            continuation = 2;
            if (lead == 0xE0) secondLow = 0xA0;
            if (lead == 0xED) secondHigh = 0x9F;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            continuation = 3;
            if (lead == 0xF0) secondLow = 0x90;
            if (lead == 0xF4) secondHigh = 0x8F;
        } else {
            return std::nullopt;
        }
        if (continuation >= text.size() - index) return std::nullopt;
        for (std::size_t step = 1; step <= continuation; ++step) {
            const unsigned next = byteAt(index + step);
            const unsigned low = step == 1 ? secondLow : 0x80;
            const unsigned high = step == 1 ? secondHigh : 0xBF;
            if (next < low || next > high) return std::nullopt;
        }
        index += continuation + 1;
        ++characters;
    }
    return characters;
}

/** One piece of a pattern: `minimum` to `maximum` of these ASCII characters. */
struct PatternPart {
    std::string_view characters;
    std::size_t minimum;
    std::size_t maximum;
};

/** Whether the whole text matches. Greedy and without backtracking: the generator only writes patterns that allow it. */
inline bool matches(std::span<const PatternPart> pattern, std::string_view text) noexcept {
    std::size_t index = 0;
    for (const PatternPart& part : pattern) {
        std::size_t count = 0;
        while (count < part.maximum && index < text.size() && part.characters.find(text[index]) != std::string_view::npos) {
            ++count;
            ++index;
        }
        if (count < part.minimum) return false;
    }
    return index == text.size();
}

} // namespace grym::protocol::wire

namespace grym::protocol {

/**
 * Valid UTF-8 of at most `maximumCharacters` code points, for names that come from a host: cut before the first character that
 * does not fit or is not UTF-8.
 */
inline std::string fitText(std::string_view text, std::size_t maximumCharacters) {
    std::size_t end = 0;
    for (std::size_t count = 0; count < maximumCharacters && end < text.size(); ++count) {
        std::size_t bytes = 1;
        while (bytes <= 4 && wire::characterCount(text.substr(end, bytes)) != 1u) ++bytes;
        if (bytes > 4) break;
        end += bytes;
    }
    return std::string(text.substr(0, end));
}

} // namespace grym::protocol
