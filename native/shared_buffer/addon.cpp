// The addon `shared_buffer`: anonymous memory that the daemon shares with a model host, as ArrayBuffers; the start of a host's process, and
// the bond that ends it with its daemon. Holds no state: descriptors are JavaScript's to close, and a mapping ends with its ArrayBuffer.
#include <cmath>
#include <cstdint>
#include <limits>
#include <napi.h>
#include <string>
#include <utility>
#include <vector>

#include "child_process.hpp"
#include "shared_memory.hpp"

namespace grym::shared_buffer {
namespace {

Napi::Error errorOf(Napi::Env env, const Problem& problem) {
    Napi::Error error = Napi::Error::New(env, problem.message);
    error.Set("errorNumber", Napi::Number::New(env, problem.errorNumber));
    return error;
}

[[noreturn]] void fail(Napi::Env env, const Problem& problem) { throw errorOf(env, problem); }

/** A whole number from `minimum` to `maximum`. */
double wholeNumber(const Napi::CallbackInfo& info, std::size_t index, const char* name, double minimum, double maximum) {
    const double value = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : std::nan("");
    if (std::trunc(value) == value && value >= minimum && value <= maximum) return value; // NaN is equal to nothing
    throw Napi::RangeError::New(info.Env(), std::string(name) + " is no whole number in its range");
}

int descriptorFrom(const Napi::CallbackInfo& info) {
    return static_cast<int>(wholeNumber(info, 0, "the file descriptor", 0, std::numeric_limits<int>::max()));
}

std::size_t bytesFrom(const Napi::CallbackInfo& info, std::size_t index) {
    return static_cast<std::size_t>(wholeNumber(info, index, "the number of bytes", 1, static_cast<double>(kMaximumBytes)));
}

Napi::Value createBuffer(const Napi::CallbackInfo& info) {
    Problem problem;
    const int descriptor = create(bytesFrom(info, 0), problem);
    if (descriptor < 0) fail(info.Env(), problem);
    return Napi::Number::New(info.Env(), descriptor);
}

Napi::Value sizeOfBuffer(const Napi::CallbackInfo& info) {
    Problem problem;
    std::size_t bytes = 0;
    if (!sizeOf(descriptorFrom(info), bytes, problem)) fail(info.Env(), problem);
    return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

void growBuffer(const Napi::CallbackInfo& info) {
    Problem problem;
    if (!grow(descriptorFrom(info), bytesFrom(info, 1), problem)) fail(info.Env(), problem);
}

Napi::Value mapBuffer(const Napi::CallbackInfo& info) {
    Problem problem;
    const std::size_t bytes = bytesFrom(info, 1);
    void* const address = map(descriptorFrom(info), bytes, problem);
    if (address == nullptr) fail(info.Env(), problem);
    return Napi::ArrayBuffer::New(info.Env(), address, bytes, [bytes](Napi::Env, void* mapped) { unmap(mapped, bytes); });
}

/** The ArrayBuffer is empty from now on; its memory is unmapped in the loop's next turn. */
void unmapBuffer(const Napi::CallbackInfo& info) {
    if (!info[0].IsArrayBuffer()) throw Napi::TypeError::New(info.Env(), "unmap takes an ArrayBuffer that map returned");
    Napi::ArrayBuffer buffer = info[0].As<Napi::ArrayBuffer>();
    if (!buffer.IsDetached()) buffer.Detach();
}

void closeBuffer(const Napi::CallbackInfo& info) {
    Problem problem;
    if (!close(descriptorFrom(info), problem)) fail(info.Env(), problem);
}

/** On a thread of libuv's pool: this one goes on meanwhile, and those threads live as long as the process. */
class Spawning : public Napi::AsyncWorker {
public:
    Spawning(Napi::Env env, SpawnOrder order)
        : Napi::AsyncWorker(env, "grym-spawn"), deferred_(Napi::Promise::Deferred::New(env)), order_(std::move(order)) {}
    Napi::Promise promise() const { return deferred_.Promise(); }

    void Execute() override {
        if (!spawn(order_, spawned_, problem_)) SetError(problem_.message);
    }
    void OnOK() override {
        Napi::Object result = Napi::Object::New(Env());
        result.Set("processId", spawned_.processId);
        result.Set("channel", spawned_.channel);
        result.Set("output", spawned_.output);
        deferred_.Resolve(result);
    }
    void OnError(const Napi::Error&) override { deferred_.Reject(errorOf(Env(), problem_).Value()); }

private:
    Napi::Promise::Deferred deferred_;
    SpawnOrder order_;
    Spawned spawned_;
    Problem problem_;
};

std::vector<std::string> textsFrom(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
    if (!info[index].IsArray()) throw Napi::TypeError::New(info.Env(), std::string(name) + " are no array");
    const Napi::Array array = info[index].As<Napi::Array>();
    std::vector<std::string> texts;
    for (std::uint32_t place = 0; place < array.Length(); ++place) {
        const Napi::Value value = array.Get(place);
        if (!value.IsString()) throw Napi::TypeError::New(info.Env(), std::string(name) + " are no texts");
        texts.push_back(value.As<Napi::String>().Utf8Value());
        if (texts.back().find('\0') != std::string::npos) throw Napi::TypeError::New(info.Env(), std::string(name) + " hold a zero");
    }
    return texts;
}

/** spawn([file, …arguments], environment, descriptors): a promise. */
Napi::Value spawnProcess(const Napi::CallbackInfo& info) {
    SpawnOrder order{"", textsFrom(info, 0, "the arguments"), textsFrom(info, 1, "the variables of the environment"), {}};
    if (order.arguments.empty()) throw Napi::TypeError::New(info.Env(), "there is no program to start");
    order.file = order.arguments.front();
    if (!info[2].IsArray()) throw Napi::TypeError::New(info.Env(), "the descriptors are no array");
    const Napi::Array descriptors = info[2].As<Napi::Array>();
    for (std::uint32_t place = 0; place < descriptors.Length(); ++place) {
        const Napi::Value value = descriptors.Get(place);
        std::size_t bytes = 0;
        Problem problem;
        const int descriptor = value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
        if (!sizeOf(descriptor, bytes, problem)) fail(info.Env(), problem);
        order.inherited.push_back(descriptor);
    }
    auto* const spawning = new Spawning(info.Env(), std::move(order));
    const Napi::Promise promise = spawning->promise();
    spawning->Queue(); // deletes itself when it is done
    return promise;
}

/** Null while it runs; else { code, signal }, where signal is 0 for one that ended by itself. */
Napi::Value reapProcess(const Napi::CallbackInfo& info) {
    Problem problem;
    Ending ending;
    const auto process = static_cast<int>(wholeNumber(info, 0, "the process id", 1, std::numeric_limits<int>::max()));
    const bool hasEnded = reap(process, ending, problem);
    if (problem.errorNumber != 0) fail(info.Env(), problem);
    if (!hasEnded) return info.Env().Null();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("code", ending.code);
    result.Set("signal", ending.signal);
    return result;
}

Napi::Value bindToParent(const Napi::CallbackInfo& info) {
    Problem problem;
    const auto parent = static_cast<int>(wholeNumber(info, 0, "the process id", 1, std::numeric_limits<int>::max()));
    const bool isBound = dieWithParent(parent, problem);
    if (problem.errorNumber != 0) fail(info.Env(), problem);
    return Napi::Boolean::New(info.Env(), isBound);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
    exports.Set("create", Napi::Function::New(env, createBuffer, "create"));
    exports.Set("sizeOf", Napi::Function::New(env, sizeOfBuffer, "sizeOf"));
    exports.Set("grow", Napi::Function::New(env, growBuffer, "grow"));
    exports.Set("map", Napi::Function::New(env, mapBuffer, "map"));
    exports.Set("unmap", Napi::Function::New(env, unmapBuffer, "unmap"));
    exports.Set("close", Napi::Function::New(env, closeBuffer, "close"));
    exports.Set("spawn", Napi::Function::New(env, spawnProcess, "spawn"));
    exports.Set("reap", Napi::Function::New(env, reapProcess, "reap"));
    exports.Set("dieWithParent", Napi::Function::New(env, bindToParent, "dieWithParent"));
    return exports;
}

} // namespace
} // namespace grym::shared_buffer

static Napi::Object initialiseAddon(Napi::Env env, Napi::Object exports) {
    return grym::shared_buffer::initialise(env, exports);
}
NODE_API_MODULE(shared_buffer, initialiseAddon)
