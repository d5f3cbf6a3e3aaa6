// Segments whose plugin died: found by their free lock, saved, removed. Not real-time; blocks on the disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "segment/segment_layout.hpp"

namespace grym::segment {

enum class OrphanOutcome {
    saved,      // its capture is a WAV file now, the segment is gone
    silent,     // it held nothing but silence, or no capture; the segment is gone
    unreadable, // damaged: gone. Without our magic, or of a newer layout: left as it is
    failed,     // the capture could not be written; the segment stays for the next time
};

struct OrphanReport {
    std::string name;
    OrphanOutcome outcome = OrphanOutcome::unreadable;
    bool removed = false;
    std::string bridgeId;           // empty where the header cannot be believed
    double sampleRate = 0;
    std::uint64_t frames = 0;       // saved frames
    std::uint64_t brokenSamples = 0; // infinities and NaN, written as 0
    std::string path;               // of the WAV file; empty unless saved
    std::string message;            // one sentence for the user
};

/**
 * Names of this user's segments whose lock is free, sorted. `prefix`: hexadecimal digits that the random part begins
 * with; empty = all.
 */
std::vector<std::string> scanOrphans(const std::string& prefix);

/** Saves the capture into `folder` (which exists) as float32 WAV, then unlinks. False: somebody else holds it. */
bool reapOrphan(const std::string& name, const std::string& folder, OrphanReport& report);

std::vector<OrphanReport> reapOrphans(const std::string& prefix, const std::string& folder);

} // namespace grym::segment
