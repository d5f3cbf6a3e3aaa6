// The three ends of an engine at once, each to be driven by its own thread: host and audio, worker, daemon.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "engine.hpp"
#include "segment/segment_reader.hpp"
#include "segment/segment_writer.hpp"

namespace grym::test {

/** xorshift64*: no state outside, no system call. */
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() noexcept {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545f4914f6cdd1dull;
    }
    std::uint32_t below(std::uint32_t limit) noexcept { return static_cast<std::uint32_t>((next() >> 33) % limit); }
    bool oneIn(std::uint32_t chances) noexcept { return below(chances) == 0; }

private:
    std::uint64_t state_;
};

/** What a host does: blocks of many sizes, notes, jumps, loops, tempo and metre changes, parameters. Real-time safe itself. */
class AudioScript {
public:
    explicit AudioScript(engine::Engine& engine);
    /** Prepares the next block. */
    void prepareBlock() noexcept;
    /** Hands it to the engine. */
    void process() noexcept { engine_.process(block_, settings_); }
    std::uint64_t blocks() const noexcept { return blocks_; }
    bool outputIsFinite() const noexcept { return finite_; }
    void finishBlock() noexcept;

private:
    static constexpr std::uint32_t kMaximumFrames = 1024;
    void changeTransport() noexcept;
    engine::TransportPoint pointAt(std::uint32_t offset) const noexcept;
    void advance(std::uint32_t frames) noexcept;

    engine::Engine& engine_;
    Dice dice_{42};
    engine::Settings settings_;
    engine::ProcessBlock block_;
    std::array<std::array<float, kMaximumFrames>, 2> inputs_{};
    std::array<std::array<float, kMaximumFrames>, 2> outputs_{};
    std::array<const float*, 2> inputPointers_{};
    std::array<float*, 2> outputPointers_{};
    std::array<engine::TransportPoint, 4> points_{};
    std::array<engine::MidiMessage, 4> notes_{};
    std::uint64_t blocks_ = 0;
    std::uint64_t nanoseconds_ = 1'000'000;
    bool finite_ = true;
    bool playing_ = false;
    bool loops_ = false;
    double song_ = 0;
    double tempo_ = 120;
    std::int32_t numerator_ = 4, denominator_ = 4;
    double barStart_ = 0;
};

/** What the plugin's worker does: clips and segments come and go, commands without shared memory. */
class WorkerScript {
public:
    explicit WorkerScript(engine::Engine& engine);
    void step();
    /** Empties all slots; to be called until it returns true while blocks are processed: everything has come back. */
    bool drain();
    std::uint64_t clipsPosted() const { return posted_; }
    std::uint64_t clipsCollected() const { return collected_; }
    segment::SegmentReader& reader(std::size_t index) { return *readers_[index]; }

private:
    void collect();

    engine::Engine& engine_;
    Dice dice_{7};
    std::array<std::unique_ptr<segment::SegmentWriter>, 2> writers_;
    std::array<std::unique_ptr<segment::SegmentReader>, 2> readers_;
    std::array<bool, 2> lent_{};
    std::uint64_t posted_ = 0, collected_ = 0;
    std::uint64_t segmentsOut_ = 0;
};

/** What the daemon does: commands, good and bad, into both segments; events out of them. */
class DaemonScript {
public:
    explicit DaemonScript(WorkerScript& worker) : worker_(worker) {}
    void step();
    std::uint64_t events(segment::EventKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }

private:
    WorkerScript& worker_;
    Dice dice_{99};
    std::array<std::uint64_t, 16> counts_{};
};

} // namespace grym::test
