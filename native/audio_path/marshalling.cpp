#include "marshalling.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace grym::audio_path {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

/** Milliseconds from `then` to `now`, null where there was no `then`; a clock claimed to be in the future is age 0. */
Napi::Value ageOf(Napi::Env env, std::uint64_t then, std::uint64_t now) {
    if (then == 0) return env.Null();
    return Napi::Number::New(env, then > now ? 0.0 : static_cast<double>(now - then) / 1e6);
}

const char* nameOf(segment::EventKind kind) {
    switch (kind) {
    case segment::EventKind::note: return "note";
    case segment::EventKind::armed: return "armed";
    case segment::EventKind::launched: return "launched";
    case segment::EventKind::disarmed: return "disarmed";
    case segment::EventKind::slotEnded: return "slot-ended";
    case segment::EventKind::macroMoved: return "macro-moved";
    case segment::EventKind::lateCall: return "late-call";
    case segment::EventKind::refused: return "refused";
    case segment::EventKind::paused: return "paused";
    case segment::EventKind::resumed: return "resumed";
    case segment::EventKind::offTempo: return "off-tempo";
    }
    return "unknown"; // the reader throws such records away
}

const char* nameOf(SegmentState state) {
    switch (state) {
    case SegmentState::attached: return "attached";
    case SegmentState::ownerGone: return "owner-gone";
    case SegmentState::broken: return "broken";
    }
    return "broken";
}

const char* nameOf(segment::OrphanOutcome outcome) {
    switch (outcome) {
    case segment::OrphanOutcome::saved: return "saved";
    case segment::OrphanOutcome::silent: return "silent";
    case segment::OrphanOutcome::unreadable: return "unreadable";
    case segment::OrphanOutcome::failed: return "failed";
    }
    return "failed";
}

Napi::Value transportOf(Napi::Env env, const SegmentStatus& status) {
    if (!status.transportKnown) return env.Null();
    const segment::TransportRecord& record = status.transport;
    Napi::Object transport = Napi::Object::New(env);
    transport.Set("frame", number(record.frame));
    transport.Set("playing", (record.flags & segment::kPlaying) != 0);
    transport.Set("offline", (record.flags & segment::kOffline) != 0);
    transport.Set("songFrame", static_cast<double>(record.songFrame));
    transport.Set("ageMilliseconds", ageOf(env, record.monotonicNanoseconds, status.nowNanoseconds));
    transport.Set("musical", env.Null());
    transport.Set("loop", env.Null());
    if ((record.flags & segment::kMusicalPositionKnown) != 0) {
        Napi::Object musical = Napi::Object::New(env);
        musical.Set("songQuarters", record.songQuarters);
        musical.Set("tempoBpm", record.tempoBpm);
        musical.Set("numerator", record.numerator);
        musical.Set("denominator", record.denominator);
        musical.Set("barStartQuarters", record.barStartQuarters);
        const bool barKnown = (record.flags & segment::kBarNumberKnown) != 0;
        musical.Set("barNumber", barKnown ? Napi::Value(Napi::Number::New(env, record.barNumber)) : env.Null());
        transport.Set("musical", musical);
    }
    if ((record.flags & segment::kLoopActive) != 0) {
        Napi::Object loop = Napi::Object::New(env);
        loop.Set("startQuarters", record.loopStartQuarters);
        loop.Set("endQuarters", record.loopEndQuarters);
        transport.Set("loop", loop);
    }
    return transport;
}

Napi::Value textOrNull(Napi::Env env, const std::string& text) {
    return text.empty() ? env.Null() : Napi::Value(Napi::String::New(env, text));
}

double numberFrom(const Napi::Object& object, const char* field) {
    const Napi::Value value = object.Get(field);
    if (!value.IsNumber()) throw Napi::TypeError::New(object.Env(), std::string("the command's ") + field + " is not a number");
    return value.As<Napi::Number>().DoubleValue();
}

std::uint32_t smallFrom(const Napi::Object& object, const char* field) {
    const double value = numberFrom(object, field);
    const bool fits = value >= 0 && value <= std::numeric_limits<std::uint32_t>::max() && value == std::floor(value);
    return fits ? static_cast<std::uint32_t>(value) : std::numeric_limits<std::uint32_t>::max(); // refused by isWellFormed
}

} // namespace

const char* nameOf(segment::ReadResult result) {
    switch (result) {
    case segment::ReadResult::ok: return "ok";
    case segment::ReadResult::notYet: return "not-yet";
    case segment::ReadResult::overwritten: return "overwritten";
    case segment::ReadResult::noCapture: return "no-capture";
    case segment::ReadResult::inconsistent: return "inconsistent";
    case segment::ReadResult::malformed: return "malformed";
    }
    return "inconsistent";
}

std::uint64_t counterFrom(const Napi::Value& value, const char* field) {
    const double counter = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1.0;
    if (!(counter >= 0 && counter <= static_cast<double>(segment::kMaximumCounter) && counter == std::floor(counter)))
        throw Napi::TypeError::New(value.Env(), std::string(field) + " is not a whole number from 0 to 2^53 - 1");
    return static_cast<std::uint64_t>(counter);
}

segment::Command commandFrom(const Napi::Object& object) {
    segment::Command command{};
    command.kind = static_cast<segment::CommandKind>(smallFrom(object, "kind"));
    command.slot = smallFrom(object, "slot");
    command.when = static_cast<segment::CommandWhen>(smallFrom(object, "when"));
    command.quantiseBars = smallFrom(object, "quantiseBars");
    command.songQuarters = numberFrom(object, "songQuarters");
    command.frame = counterFrom(object.Get("frame"), "the command's frame");
    command.value = numberFrom(object, "value");
    command.id = counterFrom(object.Get("id"), "the command's id");
    return command;
}

Napi::Object toJavaScript(Napi::Env env, const segment::Layout& layout) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("bytes", number(layout.totalBytes));
    result.Set("generation", number(layout.generation));
    result.Set("sampleRate", layout.sampleRate);
    result.Set("maximumBlock", layout.maximumBlock);
    result.Set("captureFrames", number(layout.captureFrames));
    result.Set("pluginProcessId", layout.pluginProcessId);
    result.Set("bridgeId", layout.bridgeId);
    return result;
}

Napi::Object toJavaScript(Napi::Env env, const segment::Event& event) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("kind", nameOf(event.kind));
    result.Set("slot", event.slot);
    result.Set("frame", number(event.frame));
    result.Set("songQuarters", event.songQuarters);
    result.Set("value", event.value);
    result.Set("data0", event.data0);
    result.Set("data1", event.data1);
    result.Set("commandId", number(event.commandId));
    return result;
}

Napi::Object toJavaScript(Napi::Env env, const SegmentStatus& status) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("state", nameOf(status.state));
    result.Set("problem", textOrNull(env, status.problem));
    result.Set("frames", number(status.frames));
    result.Set("captureBegin", number(status.capture.begin));
    result.Set("captureEnd", number(status.capture.end));
    result.Set("transport", transportOf(env, status));
    result.Set("pluginHeartbeatAgeMilliseconds", ageOf(env, status.pluginHeartbeatNanoseconds, status.nowNanoseconds));
    result.Set("eventsDropped", number(status.eventsDropped));
    result.Set("eventsLost", number(status.eventsLost));
    result.Set("malformedRecords", number(status.malformedRecords));
    result.Set("inconsistencies", number(status.inconsistencies));
    result.Set("commandFaults", number(status.commandFaults));
    result.Set("queuedCommands", number(status.queuedCommands));
    Napi::Object peaks = Napi::Object::New(env);
    peaks.Set("left", status.peaks.left);
    peaks.Set("right", status.peaks.right);
    result.Set("peaks", peaks);
    return result;
}

Napi::Object toJavaScript(Napi::Env env, const segment::OrphanReport& report) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("name", report.name);
    result.Set("outcome", nameOf(report.outcome));
    result.Set("removed", report.removed);
    result.Set("bridgeId", textOrNull(env, report.bridgeId));
    result.Set("sampleRate", report.sampleRate);
    result.Set("frames", number(report.frames));
    result.Set("brokenSamples", number(report.brokenSamples));
    result.Set("path", textOrNull(env, report.path));
    result.Set("message", report.message);
    return result;
}

} // namespace grym::audio_path
