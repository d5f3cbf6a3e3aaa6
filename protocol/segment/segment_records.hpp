// Real-time: records in shared memory as sequences of relaxed 64-bit words, and what makes a record believable.
// Nothing here allocates, locks, waits or throws.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "segment/audio_segment.hpp"

namespace grym::segment {

template <typename Record>
void storeRecord(Word* words, const Record& record) noexcept {
    static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(Word) == 0);
    std::uint64_t image[sizeof(Record) / sizeof(Word)];
    std::memcpy(image, &record, sizeof(Record));
    for (std::uint64_t index = 0; index < sizeof(Record) / sizeof(Word); ++index)
        words[index].store(image[index], std::memory_order_relaxed);
}

template <typename Record>
void loadRecord(const Word* words, Record& record) noexcept {
    static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(Word) == 0);
    std::uint64_t image[sizeof(Record) / sizeof(Word)];
    for (std::uint64_t index = 0; index < sizeof(Record) / sizeof(Word); ++index)
        image[index] = words[index].load(std::memory_order_relaxed);
    std::memcpy(&record, image, sizeof(Record));
}

/** Known kind and time, slot in range, every number finite and inside the range that its field documents. */
bool isWellFormed(const Command& command) noexcept;
bool isWellFormed(const Event& event) noexcept;
/** Fields that the flags do not declare valid are not looked at. */
bool isWellFormed(const TransportRecord& record) noexcept;

} // namespace grym::segment
