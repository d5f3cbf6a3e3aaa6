// A clip on disk with the reference that a project or the daemon has for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "session/protocol_messages.hpp"

/** Silence of two channels; the file goes with the object. */
struct TestClip {
    explicit TestClip(std::uint32_t frames, std::uint32_t sampleRate = 48000);
    ~TestClip();
    TestClip(const TestClip&) = delete;
    TestClip& operator=(const TestClip&) = delete;

    std::filesystem::path path;
    grym::protocol::ClipReference reference;
};
