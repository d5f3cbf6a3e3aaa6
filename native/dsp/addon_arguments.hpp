#pragma once
// What the functions of the addon share: reading bounded arguments, and turning what is thrown into errors that JavaScript can catch.
#include <napi.h>

#include <cmath>
#include <new>
#include <span>
#include <string>

#include "shared_control.hpp"
#include "sound.hpp"
#include "sound_file.hpp"

namespace grym::dsp {

inline Napi::Error codedError(Napi::Env env, const char* code, const std::string& text) {
  Napi::Error error = Napi::Error::New(env, text);
  error.Value().Set("code", Napi::String::New(env, code));
  return error;
}

inline double numberOf(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  if (!value.IsNumber()) throw Napi::TypeError::New(from.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

inline double boundedNumber(const Napi::Object& from, const char* name, double low, double high) {
  const double value = numberOf(from, name);
  if (!(value >= low && value <= high)) throw Napi::RangeError::New(from.Env(), std::string(name) + " must lie in " + std::to_string(low) + " to " + std::to_string(high));
  return value;
}

inline std::string textOf(const Napi::Object& from, const char* name) {
  const Napi::Value value = from.Get(name);
  if (!value.IsString()) throw Napi::TypeError::New(from.Env(), std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

/** The words lie in shared memory that the caller keeps alive while the call runs. */
inline SharedControl controlOf(const Napi::CallbackInfo& info) {
  if (info.Length() != 2 || !info[0].IsObject() || !info[1].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "(order, control: Int32Array(2)) expected");
  const Napi::TypedArray words = info[1].As<Napi::TypedArray>();
  if (words.TypedArrayType() != napi_int32_array || words.ElementLength() < 2) throw Napi::TypeError::New(info.Env(), "control must be an Int32Array of two words");
  return SharedControl(const_cast<std::int32_t*>(words.As<Napi::Int32Array>().Data()));
}

inline std::span<const float> floatsOf(const Napi::Object& from, const char* name, std::size_t most) {
  const Napi::Value value = from.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) throw Napi::TypeError::New(from.Env(), std::string(name) + " must be a Float32Array");
  const Napi::Float32Array floats = value.As<Napi::Float32Array>();
  if (floats.ElementLength() < 1 || floats.ElementLength() > most) throw Napi::RangeError::New(from.Env(), std::string(name) + " has " + std::to_string(floats.ElementLength()) + " values");
  return {floats.Data(), floats.ElementLength()};
}

inline Napi::Float32Array floatArray(Napi::Env env, std::span<const float> values) {
  Napi::Float32Array out = Napi::Float32Array::New(env, values.size());
  std::copy(values.begin(), values.end(), out.Data());
  return out;
}

/** Null where the work was cancelled; an Error with a code for everything else that is thrown. Nothing of C++ gets out. */
template <typename Work>
Napi::Value guarded(const Napi::CallbackInfo& info, const Work& work) {
  const Napi::Env env = info.Env();
  try {
    SharedControl control = controlOf(info);
    return work(env, info[0].As<Napi::Object>(), control);
  } catch (const Cancelled&) {
    return env.Null();
  } catch (const Napi::Error&) {
    throw;
  } catch (const Refused& error) {
    throw codedError(env, "refused", error.what());
  } catch (const std::bad_alloc&) {
    throw codedError(env, "memory", "there is not enough memory");
  } catch (const std::length_error&) {
    throw codedError(env, "memory", "there is not enough memory");
  } catch (const std::exception& error) {
    throw codedError(env, "failed", error.what());
  }
}

void addWorkshop(Napi::Env env, Napi::Object exports);
void addResampling(Napi::Env env, Napi::Object exports);

}  // namespace grym::dsp
