// Makes hostile frames out of good ones, reproducibly: the same seed gives the same frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace golden {

using Frame = std::vector<std::byte>;

class FrameMutator {
public:
    FrameMutator(std::vector<Frame> corpus, std::uint64_t seed);

    /** A frame of the corpus after one to four mutations, of its values (structure kept) or of its bytes. */
    Frame next();

private:
    struct Item {
        std::size_t begin;
        std::size_t end;
    };

    std::size_t below(std::size_t bound);
    const Frame& pick();
    Item pickItem(std::span<const std::byte> frame);
    Frame randomValue();
    void mutateValue(Frame& frame);
    void mutateBytes(Frame& frame);

    std::vector<Frame> corpus_;
    std::mt19937_64 random_;
};

} // namespace golden
