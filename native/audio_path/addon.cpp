// The addon `audio_path`: class AudioPath (attach, detach, commands, status, events) and reapOrphans(). Context-aware:
// each environment (main thread, worker) has its own objects, and leaving the environment stops their threads.
#include <memory>
#include <napi.h>
#include <string>
#include <utility>
#include <vector>

#include "audio_engine.hpp"
#include "marshalling.hpp"

namespace grym::audio_path {
namespace {

/** One second of frames at the highest rate; a longer read would hold the engine thread. */
constexpr std::uint64_t kMaximumReadFrames = 768'000;

class AudioPath : public Napi::ObjectWrap<AudioPath> {
public:
    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "AudioPath",
                           {InstanceMethod<&AudioPath::attach>("attach"), InstanceMethod<&AudioPath::detach>("detach"),
                            InstanceMethod<&AudioPath::pushCommand>("pushCommand"),
                            InstanceMethod<&AudioPath::status>("status"),
                            InstanceMethod<&AudioPath::readCapture>("readCapture"),
                            InstanceMethod<&AudioPath::takeEvents>("takeEvents"),
                            InstanceMethod<&AudioPath::dispose>("dispose")});
    }

    explicit AudioPath(const Napi::CallbackInfo& info) : Napi::ObjectWrap<AudioPath>(info) {
        if (info.Length() != 1 || !info[0].IsFunction())
            throw Napi::TypeError::New(info.Env(), "AudioPath takes the function to call when events wait");
        // One call at most waits in the queue; the events themselves wait, bounded, in the engine.
        announcement_ = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "grym-audio-path", 1, 1);
        announcement_.Unref(info.Env()); // a daemon that has nothing else to do may end
        engine_ = std::make_unique<AudioEngine>([this] { return announcement_.NonBlockingCall() == napi_ok; });
        // Runs before the thread-safe function's own clean-up, which was registered earlier.
        napi_add_env_cleanup_hook(info.Env(), &AudioPath::leaveEnvironment, this);
    }

    ~AudioPath() override {
        if (engine_) stop();
    }

private:
    static void leaveEnvironment(void* self) { static_cast<AudioPath*>(self)->stopEngine(); }

    void stopEngine() {
        engine_.reset(); // joins: nobody calls the thread-safe function after this line
    }

    void stop() {
        if (!engine_) return;
        stopEngine();
        napi_remove_env_cleanup_hook(Env(), &AudioPath::leaveEnvironment, this);
        announcement_.Abort();
    }

    AudioEngine& engine() {
        if (!engine_) throw Napi::Error::New(Env(), "the audio path was disposed");
        return *engine_;
    }

    Napi::Value attach(const Napi::CallbackInfo& info) {
        const std::string name = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
        segment::Layout layout;
        segment::SegmentProblem problem;
        const AttachmentId id = engine().attach(name, layout, problem);
        if (id == 0) {
            Napi::Error error = Napi::Error::New(info.Env(), problem.message);
            error.Set("errorNumber", Napi::Number::New(info.Env(), problem.errorNumber));
            throw error;
        }
        Napi::Object result = toJavaScript(info.Env(), layout);
        result.Set("id", static_cast<double>(id));
        return result;
    }

    void detach(const Napi::CallbackInfo& info) { engine().detach(counterFrom(info[0], "id")); }

    Napi::Value pushCommand(const Napi::CallbackInfo& info) {
        if (!info[1].IsObject()) throw Napi::TypeError::New(info.Env(), "the command is not an object");
        const segment::Command command = commandFrom(info[1].As<Napi::Object>());
        const char* result = "unusable";
        switch (engine().pushCommand(counterFrom(info[0], "id"), command)) {
        case PushResult::queued: result = "queued"; break;
        case PushResult::full: result = "full"; break;
        case PushResult::malformed: result = "malformed"; break;
        case PushResult::unusable: break;
        }
        return Napi::String::New(info.Env(), result);
    }

    Napi::Value status(const Napi::CallbackInfo& info) {
        SegmentStatus status;
        if (!engine().status(counterFrom(info[0], "id"), status)) return info.Env().Null();
        return toJavaScript(info.Env(), status);
    }

    Napi::Value readCapture(const Napi::CallbackInfo& info) {
        const std::uint64_t frames = counterFrom(info[2], "frames");
        if (frames > kMaximumReadFrames) throw Napi::RangeError::New(info.Env(), "at most 768,000 frames at a time");
        Napi::Float32Array samples = Napi::Float32Array::New(info.Env(), static_cast<std::size_t>(frames) * segment::kChannels);
        const segment::ReadResult result =
            engine().readCapture(counterFrom(info[0], "id"), counterFrom(info[1], "startFrame"), frames, samples.Data());
        if (result == segment::ReadResult::ok) return samples;
        return Napi::String::New(info.Env(), nameOf(result));
    }

    /** [[id, event], …], oldest first. */
    Napi::Value takeEvents(const Napi::CallbackInfo& info) {
        const std::vector<AttachedEvent> events = engine().takeEvents();
        Napi::Array result = Napi::Array::New(info.Env(), events.size());
        for (std::size_t index = 0; index < events.size(); ++index) {
            const Napi::HandleScope scope(info.Env());
            Napi::Array pair = Napi::Array::New(info.Env(), 2);
            pair.Set(0u, static_cast<double>(events[index].attachment));
            pair.Set(1u, toJavaScript(info.Env(), events[index].event));
            result.Set(static_cast<std::uint32_t>(index), pair);
        }
        return result;
    }

    void dispose(const Napi::CallbackInfo&) { stop(); }

    Napi::ThreadSafeFunction announcement_;
    std::unique_ptr<AudioEngine> engine_;
};

/** Reaping reads and writes some 50 MB for each orphan: on a thread of libuv's pool. */
class Reaping : public Napi::AsyncWorker {
public:
    Reaping(Napi::Env env, std::string prefix, std::string folder)
        : Napi::AsyncWorker(env, "grym-reap-orphans"), deferred_(Napi::Promise::Deferred::New(env)),
          prefix_(std::move(prefix)), folder_(std::move(folder)) {}
    Napi::Promise promise() const { return deferred_.Promise(); }

    void Execute() override { reports_ = segment::reapOrphans(prefix_, folder_); }
    void OnOK() override {
        Napi::Array result = Napi::Array::New(Env(), reports_.size());
        for (std::size_t index = 0; index < reports_.size(); ++index)
            result.Set(static_cast<std::uint32_t>(index), toJavaScript(Env(), reports_[index]));
        deferred_.Resolve(result);
    }
    void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

private:
    Napi::Promise::Deferred deferred_;
    std::string prefix_;
    std::string folder_;
    std::vector<segment::OrphanReport> reports_;
};

Napi::Value reapOrphans(const Napi::CallbackInfo& info) {
    if (!info[0].IsString() || !info[1].IsString())
        throw Napi::TypeError::New(info.Env(), "reapOrphans takes a prefix and a folder");
    auto* const reaping = new Reaping(info.Env(), info[0].As<Napi::String>(), info[1].As<Napi::String>());
    const Napi::Promise promise = reaping->promise();
    reaping->Queue(); // deletes itself when it is done
    return promise;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
    exports.Set("AudioPath", AudioPath::define(env));
    exports.Set("reapOrphans", Napi::Function::New(env, reapOrphans, "reapOrphans"));
    return exports;
}

} // namespace
} // namespace grym::audio_path

static Napi::Object initialiseAddon(Napi::Env env, Napi::Object exports) {
    return grym::audio_path::initialise(env, exports);
}
NODE_API_MODULE(audio_path, initialiseAddon)
