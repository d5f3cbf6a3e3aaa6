#include "session/runtime_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace grym::bridge {
namespace {

constexpr std::size_t kMaximumFileBytes = 64 * 1024;
constexpr std::size_t kTokenDigits = 64;

/** An absolute path from the environment; the XDG specification has relative ones ignored. */
std::string folderFrom(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? value : "";
}

/** The whole of a small file that nobody but this user may read or write. */
std::optional<std::string> readPrivateFile(const std::string& path, std::string& problem) {
    // O_NONBLOCK: a FIFO in its place must not hold up the thread.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno != ENOENT)
            problem = "Cannot read " + path + ": " + std::strerror(errno) + ".";
        return std::nullopt;
    }
    struct stat facts {};
    std::optional<std::string> content;
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
        problem = path + " is not a file.";
    else if (facts.st_uid != ::geteuid())
        problem = path + " belongs to another user; it is not believed.";
    else if ((facts.st_mode & 077) != 0)
        problem = path + " may be read or written by others; it is not believed. Expected mode 0600.";
    else if (facts.st_size < 0 || static_cast<std::size_t>(facts.st_size) > kMaximumFileBytes)
        problem = path + " is too large.";
    else {
        std::string text(static_cast<std::size_t>(facts.st_size), '\0');
        std::size_t filled = 0;
        while (filled < text.size()) {
            const ssize_t got = ::read(descriptor, text.data() + filled, text.size() - filled);
            if (got <= 0)
                break;
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
        content = std::move(text);
    }
    ::close(descriptor);
    return content;
}

bool isToken(const std::string& text) {
    return text.size() == kTokenDigits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

FileMark markFile(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0)
        return {};
    return {facts.st_ino, facts.st_size, facts.st_mtim.tv_sec * std::int64_t{1'000'000'000} + facts.st_mtim.tv_nsec};
}

} // namespace

std::string runtimeFolder() {
    if (const std::string named = folderFrom("GRYM_RUNTIME_DIR"); !named.empty())
        return named;
    if (const std::string base = folderFrom("XDG_RUNTIME_DIR"); !base.empty())
        return base + "/grym-synth";
    return "/tmp/grym-synth-" + std::to_string(::getuid());
}

std::string defaultClipFolder() {
    if (const std::string named = folderFrom("GRYM_DATA_DIR"); !named.empty())
        return named + "/clips";
    if (const std::string base = folderFrom("XDG_DATA_HOME"); !base.empty())
        return base + "/grym-synth/clips";
    const std::string home = folderFrom("HOME");
    return home.empty() ? "" : home + "/.local/share/grym-synth/clips";
}

DaemonFileMarks markDaemonFiles(const std::string& tokenPath) {
    return {markFile(runtimeFolder() + "/daemon.json"), markFile(tokenPath)};
}

std::optional<DaemonAddress> readDaemonAddress(std::string& problem) {
    const std::string path = runtimeFolder() + "/daemon.json";
    const auto text = readPrivateFile(path, problem);
    if (!text)
        return std::nullopt;
    const auto document = nlohmann::json::parse(*text, nullptr, false);
    const auto port = document.is_object() ? document.find("port") : document.end();
    const auto tokenPath = document.is_object() ? document.find("tokenPath") : document.end();
    if (!document.is_object() || port == document.end() || !port->is_number_integer() || tokenPath == document.end()
        || !tokenPath->is_string()) {
        problem = path + " does not name the daemon's port and token.";
        return std::nullopt;
    }
    const auto number = port->get<std::int64_t>();
    if (number < 1 || number > 65'535) {
        problem = path + " names the port " + std::to_string(number) + ".";
        return std::nullopt;
    }
    DaemonAddress address;
    address.port = static_cast<std::uint16_t>(number);
    address.tokenPath = tokenPath->get<std::string>();
    if (const auto processId = document.find("processId"); processId != document.end() && processId->is_number_integer())
        address.processId = processId->get<std::int64_t>();
    auto token = readPrivateFile(address.tokenPath, problem);
    if (!token) {
        if (problem.empty())
            problem = "The daemon's token file " + address.tokenPath + " does not exist.";
        return std::nullopt;
    }
    while (!token->empty() && (token->back() == '\n' || token->back() == '\r'))
        token->pop_back();
    if (!isToken(*token)) {
        problem = "The daemon's token file does not hold 64 hexadecimal digits.";
        return std::nullopt;
    }
    address.token = *token;
    return address;
}

} // namespace grym::bridge
