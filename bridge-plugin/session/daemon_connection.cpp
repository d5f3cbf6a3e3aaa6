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
// After that long in a session, what went wrong before may be said again.
constexpr auto kSettled = std::chrono::seconds(5);
constexpr unsigned kMaximumBadMessages = 16;

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

using Stream = websocket::stream<beast::tcp_stream>;

} // namespace

/** What is said on stderr: each reason once, until a session has stood for a while. Hosts' logs are not ours to fill. */
class Reasons {
public:
    void tell(const std::string& reason) {
        constexpr std::size_t kMaximumTold = 32;
        if (told_.size() >= kMaximumTold || std::find(told_.begin(), told_.end(), reason) != told_.end())
            return;
        told_.push_back(reason);
        std::fprintf(stderr, "grym-bridge: %s\n", reason.c_str());
    }
    void forget() { told_.clear(); }

private:
    std::vector<std::string> told_;
};

/** Text of the other side, as it may stand in a log. */
std::string printable(std::string_view text) {
    std::string shown(text);
    std::replace_if(shown.begin(), shown.end(), [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; }, ' ');
    return shown;
}

/** Why the daemon ended the connection, as one sentence; empty where that needs no words. */
std::string closeSentence(std::uint16_t code, std::string_view reason) {
    const std::string said = reason.empty() ? "" : ": " + printable(reason);
    const std::string number = " (close code " + std::to_string(code) + said + ").";
    switch (static_cast<protocol::CloseCode>(code)) {
    case protocol::CloseCode::shuttingDown: return "";
    case protocol::CloseCode::wrongToken: return "The daemon does not accept the token of its own token file" + number;
    case protocol::CloseCode::unsupportedProtocol: return "The daemon and this plugin share no protocol version" + number;
    case protocol::CloseCode::bridgeReplaced: return "The daemon has taken a newer connection for this bridge" + number;
    default: return "The daemon has closed the connection" + number;
    }
}

enum class Retry { later, atOnce };

/** One attempt to talk to a daemon, from the socket to its end. All of it runs in the loop's thread. */
class Attempt : public std::enable_shared_from_this<Attempt> {
public:
    Attempt(asio::io_context& context, BridgeModel& model, const ConnectionEvents& events, Reasons& reasons, DaemonAddress address,
        std::function<void(Retry)> onEnd)
        : model_(model), events_(events), reasons_(reasons), onEnd_(std::move(onEnd)), stream_(context), deadline_(context),
          address_(std::move(address)) {}

    const DaemonAddress& address() const { return address_; }

    void open() {
        beast::get_lowest_layer(stream_).expires_after(kConnectDeadline);
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), address_.port);
        beast::get_lowest_layer(stream_).async_connect(endpoint, [self = shared_from_this()](error_code error) {
            if (error)
                return self->fail("The daemon at port " + std::to_string(self->address_.port) + " cannot be reached.");
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
            protocol::BridgeUpdate update{model_.facts()};
            // A connection is one bridge for the daemon: a project that brings another id needs another connection.
            if (update.bridge.bridgeId != bridgeId_ || !isPossibleRate(update.bridge.sampleRate))
                return end(Retry::atOnce);
            return send(update);
        }
        if (auto slots = model_.slotsChangedSince(sentSlots_); !slots.empty())
            send(protocol::SlotReportMessage{std::move(slots)});
    }

    void end(Retry retry = Retry::later) {
        if (ended_)
            return;
        abandon();
        onEnd_(retry);
    }

    /** Ends without a word to anybody. */
    void abandon() {
        if (std::exchange(ended_, true))
            return;
        error_code ignored;
        deadline_.cancel();
        beast::get_lowest_layer(stream_).socket().close(ignored);
    }

private:
    void fail(const std::string& reason) {
        if (!ended_ && !reason.empty())
            reasons_.tell(reason);
        end();
    }

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
            if (error)
                return self->fail(self->place() + (error == beast::error::timeout ? " does not answer." : " is no daemon: " + error.message() + "."));
            if (std::string_view(chosen.data(), chosen.size()) != protocol::kSubprotocolMessagePack)
                return self->fail(self->place() + " does not speak " + std::string(protocol::kSubprotocolMessagePack) + ".");
            self->expectWithinDeadline();
            self->read();
        });
    }

    /** `hello` and `identified` must come soon; afterwards the pings watch. */
    void expectWithinDeadline() {
        deadline_.expires_after(kHandshakeDeadline);
        awaitDeadline();
    }

    void awaitDeadline() {
        deadline_.async_wait([self = shared_from_this()](error_code error) {
            if (error || self->ended_)
                return;
            if (self->identified_)
                self->reasons_.forget();
            else
                self->fail(self->place() + " does not answer.");
        });
    }

    std::string place() const { return "The program at port " + std::to_string(address_.port); }

    /** After an error of the socket: what the daemon has said about it, if anything. */
    void endOfStream() {
        const auto& close = stream_.reason();
        fail(close.code == websocket::close_code::none || close.code == websocket::close_code::normal
                ? std::string()
                : closeSentence(close.code, std::string_view(close.reason.data(), close.reason.size())));
    }

    void read() {
        stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
            if (error)
                return self->endOfStream();
            if (self->ended_ || !self->stream_.got_binary())
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
            reasons_.tell("A message of the daemon was not understood. " + printable(problem.sentence()));
            if (!identified_ || ++badMessages_ > kMaximumBadMessages)
                end();
            return;
        }
        std::visit(Overloaded{[this](const protocol::Hello& hello) { identify(hello); },
                       [this](const protocol::Identified& identified) { start(identified); },
                       [this](const protocol::LoadSlot& load) { change([&] { model_.loadSlot(load); }); },
                       [this](const protocol::ClearSlot& clear) { change([&] { model_.clearSlot(clear); }); },
                       [this](const protocol::Fault& fault) {
                           reasons_.tell("The daemon says " + printable(fault.error.code) + ": " + printable(fault.error.message));
                       },
                       [](const auto&) { /* for other clients, or newer than this build */ }},
            *message);
    }

    void identify(const protocol::Hello& hello) {
        const auto& offered = hello.protocolVersions;
        const bool shared = std::any_of(protocol::kProtocolVersions.begin(), protocol::kProtocolVersions.end(),
            [&](std::uint32_t version) { return std::find(offered.begin(), offered.end(), version) != offered.end(); });
        if (greeted_)
            return end();
        if (!shared)
            return fail("The daemon " + printable(hello.daemonVersion) + " and this plugin share no protocol version.");
        greeted_ = true;
        protocol::Identify message;
        message.token = address_.token;
        message.protocolVersions.assign(protocol::kProtocolVersions.begin(), protocol::kProtocolVersions.end());
        message.clientName = "grym-bridge";
        sentFacts_ = model_.factsVersion();
        (void)model_.slotsChangedSince(sentSlots_);
        message.bridge = model_.facts();
        bridgeId_ = message.bridge->bridgeId;
        message.clientVersion = message.bridge->pluginVersion;
        send(message);
    }

    void start(const protocol::Identified& identified) {
        if (!greeted_ || identified_)
            return end();
        identified_ = true;
        deadline_.expires_after(kSettled);
        awaitDeadline();
        model_.setClipFolder(identified.clipFolder);
        const std::string from = bridgeId_;
        if (identified.bridgeId)
            bridgeId_ = *identified.bridgeId;
        if (model_.adoptBridgeId(from, bridgeId_))
            events_.onBridgeIdChanged();
        sendNews();
    }

    template <typename Change>
    void change(Change apply) {
        if (!identified_)
            return end();
        if (model_.bridgeId() != bridgeId_)
            return end(Retry::atOnce); // it was meant for the project before
        apply();
        events_.onSlotsWanted();
        events_.onStateChanged();
    }

    template <typename Message>
    void send(const Message& message) {
        protocol::EncodeProblem problem;
        outgoing_ = protocol::encode(message, problem);
        if (outgoing_.empty()) {
            return fail("A message to the daemon breaks the protocol. " + problem.sentence());
        }
        writing_ = true;
        stream_.async_write(asio::buffer(outgoing_.data(), outgoing_.size()), [self = shared_from_this()](error_code error, std::size_t) {
            self->writing_ = false;
            if (!error)
                self->sendNews(); // else the pending read ends too, and knows why
            else if (error != asio::error::operation_aborted)
                self->endOfStream();
        });
    }

    BridgeModel& model_;
    const ConnectionEvents& events_;
    Reasons& reasons_;
    std::function<void(Retry)> onEnd_;
    Stream stream_;
    asio::steady_timer deadline_;
    const DaemonAddress address_;
    std::string bridgeId_; // as which the daemon knows this connection
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
    Loop(BridgeModel& model, ConnectionEvents events) : model_(model), events_(std::move(events)), retry_(context_), watch_(context_) {}

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
        abandon();
    }

private:
    void run() {
        retryAfter(std::chrono::milliseconds(0));
        watch();
        while (!context_.stopped()) {
            try {
                context_.run();
            } catch (const std::exception& exception) { // no memory, no descriptors: not the host's trouble
                reasons_.tell(std::string("The connection to the daemon failed: ") + exception.what());
                abandon();
                retryAfter(kRetry);
                watch();
            }
        }
    }

    void retryAfter(std::chrono::milliseconds delay) {
        retry_.expires_after(delay);
        retry_.async_wait([this, number = attempts_](error_code error) {
            if (!error && number == attempts_)
                attempt();
        });
    }

    void abandon() {
        ++attempts_; // whatever the one before still says no longer counts
        if (attempt_)
            attempt_->abandon();
        attempt_.reset();
    }

    void attempt() {
        abandon();
        const double sampleRate = model_.configuration().sampleRate;
        if (!isPossibleRate(sampleRate)) {
            reasons_.tell("The host's sample rate is outside 8,000 … 768,000 Hz: this bridge does not connect.");
            return retryAfter(kRetry);
        }
        std::string problem;
        auto address = readDaemonAddress(problem);
        if (!problem.empty())
            reasons_.tell(problem);
        if (!address)
            return retryAfter(kRetry);
        marks_ = {}; // read once more, as they may have changed in between
        attempt_ = std::make_shared<Attempt>(context_, model_, events_, reasons_, std::move(*address), [this, number = attempts_](Retry retry) {
            if (number == attempts_)
                retryAfter(retry == Retry::atOnce ? std::chrono::milliseconds(0) : kRetry);
        });
        attempt_->open();
    }

    /** A daemon that stands still keeps its connections; one that has taken its place is known by its files alone. */
    void watch() {
        watch_.expires_after(kRetry);
        watch_.async_wait([this](error_code error) {
            if (error)
                return;
            watch();
            if (attempt_ && isElsewhere())
                attempt();
        });
    }

    bool isElsewhere() {
        const DaemonFileMarks marks = markDaemonFiles(attempt_->address().tokenPath);
        if (marks == marks_)
            return false;
        std::string ignored;
        const auto address = readDaemonAddress(ignored);
        if (!address)
            return false; // on its way; what there is goes on
        marks_ = marks;
        return *address != attempt_->address();
    }

    BridgeModel& model_;
    const ConnectionEvents events_;
    asio::io_context context_{1};
    asio::steady_timer retry_;
    asio::steady_timer watch_;
    Reasons reasons_;
    std::shared_ptr<Attempt> attempt_;
    std::uint64_t attempts_ = 0;
    DaemonFileMarks marks_;
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
