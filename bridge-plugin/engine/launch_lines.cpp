// Real-time: nothing here allocates, locks, makes a system call or waits.
#include "launch_lines.hpp"

#include <cmath>

namespace grym::engine {

bool linesKnown(LineRule rule, const TransportTracker& transport) noexcept {
    return transport.positionKnown() && (rule.bars == 0 || transport.metre().usable);
}

std::optional<double> nextLine(LineRule rule, const TransportTracker& transport) noexcept {
    if (!transport.musical() || !linesKnown(rule, transport)) return std::nullopt;
    const double crossed = transport.crossedQuarters();
    if (rule.bars == 0) return std::floor(crossed) + 1;
    const Metre& metre = transport.metre();
    double bar = std::floor((crossed - metre.barStartQuarters) / metre.barQuarters) + 1; // counted from the bar start
    const double past = std::fmod(static_cast<double>(metre.barNumber) + bar, rule.bars);
    const double pastLine = past < 0 ? past + rule.bars : past;
    if (pastLine > 0) bar += rule.bars - pastLine;
    return metre.barStartQuarters + bar * metre.barQuarters;
}

} // namespace grym::engine
