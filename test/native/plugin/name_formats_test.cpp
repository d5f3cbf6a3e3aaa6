// The names of host and track, from VST3's own structures to the daemon. (CLAP's: test/plugin. LV2 has neither.)
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "bundle_under_test.hpp"

using namespace grym::test;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

/** Says `hello` to one plugin and returns what it answers, as it came over the wire. */
class GreetingDaemon {
public:
    explicit GreetingDaemon(const TestFolder& folder) : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        const std::string token = folder.path() + "/token";
        writePrivate(token, std::string(64, 'a'));
        writePrivate(folder.path() + "/daemon.json",
            R"({"port":)" + std::to_string(acceptor_.local_endpoint().port()) + R"(,"processId":1,"tokenPath":")" + token
                + R"(","protocolVersions":[1],"daemonVersion":"test","clipFolder":")" + folder.path() + R"("})");
    }

    std::string identify() {
        beast::websocket::stream<tcp::socket> stream(context_);
        acceptor_.accept(stream.next_layer());
        stream.set_option(beast::websocket::stream_base::decorator([](beast::websocket::response_type& response) {
            response.set(beast::http::field::sec_websocket_protocol, "grym.v1.msgpack");
        }));
        stream.accept();
        stream.binary(true);
        const std::string_view hello = "\x83\xa4type\xa5hello\xad" "daemonVersion\xa4test\xb0protocolVersions\x91\x01";
        stream.write(asio::buffer(hello.data(), hello.size()));
        std::string answer;
        auto buffer = asio::dynamic_buffer(answer);
        stream.read(buffer);
        return answer;
    }

private:
    static void writePrivate(const std::string& path, const std::string& text) {
        std::ofstream(path) << text;
        std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    asio::io_context context_;
    tcp::acceptor acceptor_;
};

} // namespace

TEST_CASE("a VST3 host's name and its track's come to the daemon, whatever letters they have") {
    for (const OpenHost open : {openVst3Effect, openVst3Instrument}) {
        const TestFolder folder;
        GreetingDaemon daemon(folder);
        const auto host = open();
        host->nameTrack("Drums");
        host->activate(48000, 512);
        const std::string said = daemon.identify();
        CHECK(said.find("Größe 𝄞") != std::string::npos);
        CHECK(said.find("Drums") != std::string::npos);
    }
}
