// From a clip's reference to memory that the audio thread can play. Slow; never on the audio thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/clip.hpp"
#include "session/bridge_model.hpp"

namespace grym::bridge {

/**
 * Reads the file named by the reference, else `<clipFolder>/<hash>.wav`, checks its SHA-256, converts it to the host's rate
 * and touches its pages. Null: `problem` is one sentence for the user, or `cancelled` was set.
 */
std::unique_ptr<engine::Clip> loadClip(const SlotJob& job, const std::string& clipFolder, const std::atomic<bool>& cancelled, std::string& problem);

} // namespace grym::bridge
