// What the segment costs process(): capture, transport record and heartbeat of one block of 64 frames.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

int main() {
    constexpr int kBatches = 2000;
    constexpr int kBlocksPerBatch = 1000;
    constexpr std::uint32_t kFrames = 64;
    useOwnNames();
    const auto writer = makeWriter(120, 48'000);
    float left[kFrames];
    float right[kFrames];
    for (std::uint32_t index = 0; index < kFrames; ++index) {
        left[index] = static_cast<float>(index) / kFrames;
        right[index] = -left[index];
    }
    TransportRecord record{};
    std::vector<double> nanoseconds;
    for (int batch = 0; batch < kBatches; ++batch) {
        const auto start = std::chrono::steady_clock::now();
        for (int block = 0; block < kBlocksPerBatch; ++block) {
            left[0] = static_cast<float>(block);
            writer->writeCapture(left, right, kFrames);
            record.frame = writer->frameCounter();
            writer->writeTransport(record);
            writer->heartbeat(record.frame);
        }
        const auto spent = std::chrono::steady_clock::now() - start;
        nanoseconds.push_back(std::chrono::duration<double, std::nano>(spent).count() / kBlocksPerBatch);
    }
    std::sort(nanoseconds.begin(), nanoseconds.end());
    std::printf("capture + transport + heartbeat, 64 frames stereo, ring of %llu frames: p50 %.1f ns, p99 %.1f ns per block (batches of %d)\n",
                static_cast<unsigned long long>(writer->captureFrames()), nanoseconds[nanoseconds.size() / 2],
                nanoseconds[nanoseconds.size() * 99 / 100], kBlocksPerBatch);
}
