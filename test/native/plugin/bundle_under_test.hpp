// A bundle in its host, with a folder of its own, its segment and a clip in slot 0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "plugin_host.hpp"
#include "segment/segment_reader.hpp"

namespace grym::test {

using OpenHost = std::unique_ptr<PluginHost> (*)();

/** Sets the environment that the plugin reads, for as long as it lives. */
class TestFolder {
public:
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    const std::string& path() const { return path_; }
    /** Begins the names of the segments made under this folder. */
    const std::string& segmentPrefix() const { return prefix_; }

private:
    std::string path_;
    std::string prefix_;
};

class BundleUnderTest {
public:
    BundleUnderTest(OpenHost open, double sampleRate, std::uint32_t block);

    PluginHost& host() { return *host_; }
    /** A clip of 0.5 in every frame into slot 0, by the project's state; returns when the plugin can play it. */
    void loadConstantClip();
    /** As the daemon sends it, for slot 0. */
    void command(segment::CommandKind kind, segment::CommandWhen when);
    /** Waits until the plugin's worker has made the segment. */
    segment::SegmentReader& segment();

private:
    TestFolder folder_;
    std::unique_ptr<PluginHost> host_;
    std::unique_ptr<segment::SegmentReader> reader_;
    std::uint32_t block_;
};

/** Polls, for things that other threads bring about; fails the test after 5 s. */
bool becomesTrue(const std::function<bool()>& condition);

} // namespace grym::test
