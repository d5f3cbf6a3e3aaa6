// Finding the daemon: `daemon.json` and the token file it names. Both are believed only when they are ours alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace grym::bridge {

struct DaemonAddress {
    std::uint16_t port = 0;
    std::int64_t processId = 0; // 0: not told
    std::string tokenPath;
    std::string token; // 64 hexadecimal digits
    bool operator==(const DaemonAddress&) const = default;
};

/** Tells cheaply whether a file may be another one than before. */
struct FileMark {
    std::uint64_t inode = 0; // 0: there is none
    std::int64_t bytes = 0;
    std::int64_t modifiedNanoseconds = 0;
    bool operator==(const FileMark&) const = default;
};
struct DaemonFileMarks {
    FileMark daemonFile;
    FileMark tokenFile;
    bool operator==(const DaemonFileMarks&) const = default;
};
DaemonFileMarks markDaemonFiles(const std::string& tokenPath);

/** $GRYM_RUNTIME_DIR, else $XDG_RUNTIME_DIR/grym-synth, else /tmp/grym-synth-<uid>. */
std::string runtimeFolder();

/** Where clips lie when no daemon has said so: $GRYM_DATA_DIR/clips, else the XDG data folder's grym-synth/clips. */
std::string defaultClipFolder();

/** Nothing where there is no daemon, or, with one sentence in `problem`, where its files cannot be trusted or understood. */
std::optional<DaemonAddress> readDaemonAddress(std::string& problem);

} // namespace grym::bridge
