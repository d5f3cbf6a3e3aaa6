// The addon `shared_buffer`: anonymous memory that the daemon shares with a model host, as ArrayBuffers, and the bond that ends a host
// with its daemon. Holds no state: descriptors are JavaScript's to close, and a mapping ends with its ArrayBuffer.
#include <cmath>
#include <limits>
#include <napi.h>

#include "shared_memory.hpp"

namespace grym::shared_buffer {
namespace {

[[noreturn]] void fail(Napi::Env env, const Problem& problem) {
    Napi::Error error = Napi::Error::New(env, problem.message);
    error.Set("errorNumber", Napi::Number::New(env, problem.errorNumber));
    throw error;
}

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
    exports.Set("dieWithParent", Napi::Function::New(env, bindToParent, "dieWithParent"));
    return exports;
}

} // namespace
} // namespace grym::shared_buffer

static Napi::Object initialiseAddon(Napi::Env env, Napi::Object exports) {
    return grym::shared_buffer::initialise(env, exports);
}
NODE_API_MODULE(shared_buffer, initialiseAddon)
