// What the host keeps for us in its project: one JSON text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "session/protocol_messages.hpp"

namespace grym::bridge {

inline constexpr std::uint32_t kSlots = static_cast<std::uint32_t>(protocol::kSlotCount);

/** A clip that a project holds in one slot. */
struct ProjectSlot {
    protocol::ClipReference clip;
    /** The daemon's number for the change that put it there. */
    std::uint64_t revision = 0;
    /** Song position in quarter notes at which the slot is armed to launch. */
    std::optional<double> armedSongQuarters;
};

struct ProjectState {
    std::string bridgeId;
    std::array<std::optional<ProjectSlot>, kSlots> slots;
};

std::string writeProjectState(const ProjectState& state);

/**
 * Any text is safe to pass. Nothing, with one sentence in `problem`, where it is no state of ours; a slot that breaks a
 * bound is left empty and named in `problem`, the rest is taken.
 */
std::optional<ProjectState> readProjectState(std::string_view text, std::string& problem);

/** A random UUID (version 4), lower case. */
std::string createBridgeId();

} // namespace grym::bridge
