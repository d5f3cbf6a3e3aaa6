// Real-time: where quantised launches happen. Nothing here allocates, locks or waits.
#pragma once

#include <cstdint>
#include <optional>

#include "transport_tracker.hpp"

namespace grym::engine {

/** bars 0: each quarter note from the project's start; else each line of so many bars. */
struct LineRule {
    std::uint32_t bars = 0;
};

/** Whether the host tells enough for this rule: bars need a metre. */
bool linesKnown(LineRule rule, const TransportTracker& transport) noexcept;

/**
 * The first line that playback has not crossed yet; none where the position or the metre is not known.
 *
 * Bar lines lie at the host's bar start and whole bars of its metre from there: a new bar start anchors them anew. Lines
 * of N bars are those whose bar number is a multiple of N. Where the host gives no number, the bar start divided by
 * the bar's length stands for it, that is, bars are counted as if the present metre held from the project's start.
 */
std::optional<double> nextLine(LineRule rule, const TransportTracker& transport) noexcept;

} // namespace grym::engine
