// Hosts that are too early, announce one thing and do another, or send numbers that are none: nothing breaks, nothing is
// written to stderr in every block, and nothing is made in the audio thread.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "bundle_under_test.hpp"
#include "watched_call.hpp"

using namespace grym::test;

namespace {

struct Format {
    const char* name;
    OpenHost open;
};
constexpr Format kFormats[] = {{"LV2", openLv2}, {"CLAP", openClap}, {"VST3 effect", openVst3Effect}, {"VST3 instrument", openVst3Instrument}};
constexpr std::uint32_t kBlock = 512;

/** Everything that the process writes to stderr while one lives. */
class CapturedErrors {
public:
    explicit CapturedErrors(const std::string& path) : before_(::dup(STDERR_FILENO)), file_(::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600)) {
        ::dup2(file_, STDERR_FILENO);
    }
    ~CapturedErrors() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        ::close(file_);
    }
    CapturedErrors(const CapturedErrors&) = delete;
    CapturedErrors& operator=(const CapturedErrors&) = delete;
    std::string text() const {
        std::string text(4096, '\0');
        const ssize_t size = ::pread(file_, text.data(), text.size(), 0);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

private:
    int before_;
    int file_;
};

} // namespace

TEST_CASE("process() before the activation passes the input on, takes parameters and starts nothing") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        host->prepare(48000, kBlock);
        host->setParameter(0, 0.75);
        host->inputValue = 0.25f;
        const ForbiddenCalls before = forbiddenCalls();
        host->process(kBlock, {HostMoment{}}, {});
        CHECK(forbiddenCalls().heap == before.heap);
        CHECK(forbiddenCalls().lock == before.lock);
        CHECK(host->left[0] == 0.25f);
        CHECK(host->right[kBlock - 1] == 0.25f);
        CHECK(host->parameter(0) == doctest::Approx(0.75));
        host->activate(48000, kBlock);
        host->process(kBlock, {HostMoment{}}, {});
        CHECK(host->left[kBlock - 1] == 0.25f);
    }
}

TEST_CASE("a host that breaks the rules of its format is refused in silence and can go on") {
    for (const Format& format : kFormats) {
        CAPTURE(std::string(format.name));
        const TestFolder folder;
        const auto host = format.open();
        host->activate(48000, kBlock);
        {
            const CapturedErrors errors(folder.path() + "/errors");
            for (int round = 0; round < 3; ++round)
                host->breakRules();
            CHECK(errors.text() == "");
        }
        for (std::uint32_t index = 0; index < 12; ++index)
            CHECK(std::isfinite(host->parameter(index)));
        host->inputValue = 0.5f;
        host->process(kBlock, {HostMoment{}}, {});
        CHECK(host->left[kBlock - 1] == 0.5f);
        CHECK(host->right[0] == 0.5f);
    }
}
