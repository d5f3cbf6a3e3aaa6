#include "session/daemon_connection.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "session/background_thread.hpp"
#include "session/runtime_folder.hpp"

namespace grym::bridge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kRetry = std::chrono::milliseconds(200);
constexpr auto kConnectDeadline = std::chrono::milliseconds(500);
constexpr auto kHandshakeDeadline = std::chrono::milliseconds(1500);
// Silence of a peer that lives: pings go out after half of it. A stopped daemon is given up after it.
constexpr auto kPeerDeadline = std::chrono::milliseconds(3000);
constexpr unsigned kMaximumBadMessages = 16;

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

using Stream = websocket::stream<beast::tcp_stream>;

} // namespace

/** One attempt to talk to a daemon, from the socket to its end. All of it runs in the loop's thread. */
class Attempt : public std::enable_shared_from_this<Attempt> {
public:
    Attempt(asio::io_context& context, BridgeModel& model, const ConnectionEvents& events, std::function<void()> onEnd)
        : model_(model), events_(events), onEnd_(std::move(onEnd)), stream_(context), deadline_(context) {}

    void open(DaemonAddress address) {
        address_ = std::move(address);
        beast::get_lowest_layer(stream_).expires_after(kConnectDeadline);
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), address_.port);
        beast::get_lowest_layer(stream_).async_connect(endpoint, [self = shared_from_this()](error_code error) {
            if (error)
                return self->end();
            self->shakeHands();
        });
    }

    /**
     * Sends what has changed, one message at a time, so nothing piles up however slow the daemon is. Slots are reported even
     * where the facts have just carried them: the daemon takes a report for the answer to its `load-slot`.
     */
    void sendNews() {
        if (!identified_ || writing_ || ended_)
            return;
        if (const std::uint64_t version = model_.factsVersion(); version != sentFacts_) {
            sentFacts_ = version;
            return send(protocol::BridgeUpdate{model_.facts()});
        }
        if (auto slots = model_.slotsChangedSince(sentSlots_); !slots.empty())
            send(protocol::SlotReportMessage{std::move(slots)});
    }

    void end() {
        if (std::exchange(ended_, true))
            return;
        error_code ignored;
        deadline_.cancel();
        beast::get_lowest_layer(stream_).socket().close(ignored);
        onEnd_();
    }

private:
    void shakeHands() {
        error_code ignored;
        beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true), ignored);
        beast::get_lowest_layer(stream_).expires_never(); // the stream has deadlines of its own from here on
        stream_.set_option(websocket::stream_base::timeout{kHandshakeDeadline, kPeerDeadline, true});
        stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            const std::string_view name = protocol::kSubprotocolMessagePack;
            request.set(beast::http::field::sec_websocket_protocol, boost::string_view(name.data(), name.size()));
        }));
        stream_.read_message_max(protocol::kMaximumMessageBytes);
        stream_.binary(true);
        const std::string host = "127.0.0.1:" + std::to_string(address_.port);
        stream_.async_handshake(response_, host, "/ws", [self = shared_from_this()](error_code error) {
            const auto chosen = self->response_[beast::http::field::sec_websocket_protocol];
            if (error || std::string_view(chosen.data(), chosen.size()) != protocol::kSubprotocolMessagePack)
                return self->end();
            self->expectWithinDeadline();
            self->read();
        });
    }

    /** `hello` and `identified` must come soon; afterwards the pings watch. */
    void expectWithinDeadline() {
        deadline_.expires_after(kHandshakeDeadline);
        deadline_.async_wait([self = shared_from_this()](error_code error) {
            if (!error && !self->identified_)
                self->end();
        });
    }

    void read() {
        stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error || self->ended_ || !self->stream_.got_binary())
                return self->end();
            self->take();
            self->buffer_.consume(self->buffer_.size());
            if (!self->ended_)
                self->read();
        });
    }

    void take() {
        const auto bytes = std::span(static_cast<const std::byte*>(buffer_.cdata().data()), buffer_.size());
        protocol::DecodeProblem problem;
        const auto message = protocol::decodeDaemonMessage(bytes, problem);
        if (!message) {
            // Once in a session a message that cannot be read is passed over; a peer that sends only such is left.
            std::fprintf(stderr, "grym-bridge: a message of the daemon was not understood. %s\n", problem.sentence().c_str());
            if (!identified_ || ++badMessages_ > kMaximumBadMessages)
                end();
            return;
        }
        std::visit(Overloaded{[this](const protocol::Hello& hello) { identify(hello); },
                       [this](const protocol::Identified& identified) { start(identified); },
                       [this](const protocol::LoadSlot& load) { change([&] { model_.loadSlot(load); }); },
                       [this](const protocol::ClearSlot& clear) { change([&] { model_.clearSlot(clear); }); },
                       [](const protocol::Fault& fault) {
                           std::fprintf(stderr, "grym-bridge: the daemon says %s: %s\n", fault.error.code.c_str(), fault.error.message.c_str());
                       },
                       [](const auto&) { /* for other clients, or newer than this build */ }},
            *message);
    }

    void identify(const protocol::Hello& hello) {
        const auto& offered = hello.protocolVersions;
        const bool shared = std::any_of(protocol::kProtocolVersions.begin(), protocol::kProtocolVersions.end(),
            [&](std::uint32_t version) { return std::find(offered.begin(), offered.end(), version) != offered.end(); });
        if (greeted_ || !shared)
            return end();
        greeted_ = true;
        protocol::Identify message;
        message.token = address_.token;
        message.protocolVersions.assign(protocol::kProtocolVersions.begin(), protocol::kProtocolVersions.end());
        message.clientName = "grym-bridge";
        sentFacts_ = model_.factsVersion();
        (void)model_.slotsChangedSince(sentSlots_);
        message.bridge = model_.facts();
        message.clientVersion = message.bridge->pluginVersion;
        send(message);
    }

    void start(const protocol::Identified& identified) {
        if (!greeted_ || identified_)
            return end();
        identified_ = true;
        deadline_.cancel();
        model_.setClipFolder(identified.clipFolder);
        if (identified.bridgeId && model_.adoptBridgeId(*identified.bridgeId))
            events_.onBridgeIdChanged();
        sendNews();
    }

    template <typename Change>
    void change(Change apply) {
        if (!identified_)
            return end();
        apply();
        events_.onSlotsWanted();
        events_.onStateChanged();
    }

    template <typename Message>
    void send(const Message& message) {
        protocol::EncodeProblem problem;
        outgoing_ = protocol::encode(message, problem);
        if (outgoing_.empty()) {
            std::fprintf(stderr, "grym-bridge: a message to the daemon breaks the protocol. %s\n", problem.sentence().c_str());
            return end();
        }
        writing_ = true;
        stream_.async_write(asio::buffer(outgoing_.data(), outgoing_.size()), [self = shared_from_this()](error_code error, std::size_t) {
            self->writing_ = false;
            if (error)
                return self->end();
            self->sendNews();
        });
    }

    BridgeModel& model_;
    const ConnectionEvents& events_;
    std::function<void()> onEnd_;
    Stream stream_;
    asio::steady_timer deadline_;
    DaemonAddress address_;
    websocket::response_type response_;
    beast::flat_buffer buffer_{protocol::kMaximumMessageBytes};
    std::vector<std::byte> outgoing_;
    std::uint64_t sentFacts_ = 0;
    std::uint64_t sentSlots_ = 0;
    unsigned badMessages_ = 0;
    bool greeted_ = false;
    bool identified_ = false;
    bool writing_ = false;
    bool ended_ = false;
};

class DaemonConnection::Loop {
public:
    Loop(BridgeModel& model, ConnectionEvents events) : model_(model), events_(std::move(events)), retry_(context_) {}

    void start() {
        const SignalsBlocked guard;
        thread_ = std::thread([this] {
            becomeBackgroundThread("grym-daemon");
            run();
        });
        running_ = true;
    }

    void wake() {
        // Coalesced: one pending wake is enough, however often the model changes.
        if (running_ && !woken_.exchange(true))
            asio::post(context_, [this] {
                woken_ = false;
                if (attempt_)
                    attempt_->sendNews();
            });
    }

    void stop() {
        if (!thread_.joinable())
            return;
        context_.stop();
        thread_.join();
        attempt_.reset();
    }

private:
    void run() {
        retryAfter(std::chrono::milliseconds(0));
        while (!context_.stopped()) {
            try {
                context_.run();
            } catch (const std::exception& exception) { // no memory, no descriptors: not the host's trouble
                std::fprintf(stderr, "grym-bridge: the connection to the daemon failed: %s\n", exception.what());
                attempt_.reset();
                retryAfter(kRetry);
            }
        }
    }

    void retryAfter(std::chrono::milliseconds delay) {
        retry_.expires_after(delay);
        retry_.async_wait([this](error_code error) {
            if (!error)
                attempt();
        });
    }

    void attempt() {
        attempt_.reset();
        std::string problem;
        auto address = readDaemonAddress(problem);
        if (!address)
            return retryAfter(kRetry);
        attempt_ = std::make_shared<Attempt>(context_, model_, events_, [this] { retryAfter(kRetry); });
        attempt_->open(std::move(*address));
    }

    BridgeModel& model_;
    const ConnectionEvents events_;
    asio::io_context context_{1};
    asio::steady_timer retry_;
    std::shared_ptr<Attempt> attempt_;
    std::atomic<bool> woken_{false};
    std::atomic<bool> running_{false};
    std::thread thread_;
};

DaemonConnection::DaemonConnection(BridgeModel& model, ConnectionEvents events)
    : loop_(std::make_unique<Loop>(model, std::move(events))) {}

DaemonConnection::~DaemonConnection() {
    stop();
}

void DaemonConnection::start() {
    loop_->start();
}

void DaemonConnection::wake() {
    loop_->wake();
}

void DaemonConnection::stop() {
    loop_->stop();
}

} // namespace grym::bridge
