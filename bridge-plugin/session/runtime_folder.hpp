// Finding the daemon: `daemon.json` and the token file it names. Both are believed only when they are ours alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace grym::bridge {

struct DaemonAddress {
    std::uint16_t port = 0;
    std::string token; // 64 hexadecimal digits
};

/** $GRYM_RUNTIME_DIR, else $XDG_RUNTIME_DIR/grym-synth, else /tmp/grym-synth-<uid>. */
std::string runtimeFolder();

/** Where clips lie when no daemon has said so: $GRYM_DATA_DIR/clips, else the XDG data folder's grym-synth/clips. */
std::string defaultClipFolder();

/** Nothing, and one sentence in `problem`, where there is no daemon or its files cannot be trusted. */
std::optional<DaemonAddress> readDaemonAddress(std::string& problem);

} // namespace grym::bridge
