// The Node-API door: describe() returns the parameter table, render() fills a Float32Array; the workshop is in addon_workshop.cpp.
// Loaded by a worker thread only.
#include <napi.h>

#include <cstring>
#include <optional>
#include <string>

#include "addon_arguments.hpp"
#include "harmony.hpp"
#include "render.hpp"

namespace {

using namespace grym::dsp;

template <typename T>
T known(Napi::Env env, const char* what, const std::string& name, const std::optional<T>& found) {
  if (!found) throw Napi::RangeError::New(env, std::string("render: unknown ") + what + " \"" + name + "\"");
  return *found;
}

Music musicOf(const Napi::Object& request) {
  const Napi::Env env = request.Env();
  Music music;
  music.sampleRate = boundedNumber(request, "sampleRate", 8000, 768000);
  music.tempoBpm = boundedNumber(request, "tempoBpm", 20, 400);
  music.bars = static_cast<std::int32_t>(boundedNumber(request, "bars", 1, 64));
  music.numerator = static_cast<std::int32_t>(boundedNumber(request, "numerator", 1, 64));
  music.denominator = static_cast<std::int32_t>(boundedNumber(request, "denominator", 1, 32));
  if ((music.denominator & (music.denominator - 1)) != 0) throw Napi::RangeError::New(env, "render: denominator must be a power of two");
  music.keyRoot = static_cast<std::int32_t>(boundedNumber(request, "keyRoot", 0, 11));
  music.scale = known(env, "scale", textOf(request, "scale"), scaleByName(textOf(request, "scale")));
  music.genre = known(env, "genre", textOf(request, "genre"), genreByName(textOf(request, "genre")));
  music.loop = request.Get("loop").ToBoolean().Value();
  music.seed = static_cast<std::uint64_t>(static_cast<std::int64_t>(boundedNumber(request, "seed", -9007199254740991.0, 9007199254740991.0)));
  return music;
}

Parameters parametersOf(const Napi::Object& request, const Music& music) {
  const Napi::Env env = request.Env();
  Parameters parameters(known(env, "instrument", textOf(request, "instrument"), instrumentByName(textOf(request, "instrument"))));
  applyGenre(parameters, music.genre);
  const Napi::Value moves = request.Get("moves");
  if (!moves.IsObject()) throw Napi::TypeError::New(env, "render: moves must be an object of numbers");
  const Napi::Object table = moves.As<Napi::Object>();
  const Napi::Array names = table.GetPropertyNames();
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).As<Napi::String>().Utf8Value();
    const P id = known(env, "parameter", name, parameterByName(name));
    // A parameter that this instrument lacks is passed over: the caller sees in `parameters` which ones there are.
    parameters.move(id, boundedNumber(table, name.c_str(), -4, 4));
  }
  return parameters;
}

Napi::Value renderOrder(Napi::Env env, const Napi::Object& request, Control& control) {
  const Music music = musicOf(request);
  const Parameters parameters = parametersOf(request, music);
  if (music.frames() < 1 || music.frames() > 200'000'000) throw Napi::RangeError::New(env, "render: the clip would have " + std::to_string(music.frames()) + " frames");
  const Rendered rendered = render(music, parameters, control);
  Napi::Float32Array samples = Napi::Float32Array::New(env, rendered.interleaved.size());
  std::memcpy(samples.Data(), rendered.interleaved.data(), rendered.interleaved.size() * sizeof(float));
  Napi::Object values = Napi::Object::New(env);
  for (const auto& row : instrumentSpec(parameters.instrument()).parameters) values.Set(std::string(parameterName(row.id)), parameters[row.id]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", samples);
  result.Set("frames", static_cast<double>(rendered.frames));
  result.Set("loudnessLufs", rendered.level.loudnessLufs ? Napi::Number::New(env, *rendered.level.loudnessLufs) : env.Null());
  result.Set("peakDbtp", rendered.level.peakDbtp);
  result.Set("limitedDb", rendered.level.limitedDb);
  result.Set("rounded", rendered.level.rounded);
  result.Set("events", static_cast<double>(rendered.events));
  // Where the genre put them before any word moved them.
  Parameters genreDefaults(parameters.instrument());
  applyGenre(genreDefaults, music.genre);
  Napi::Object defaults = Napi::Object::New(env);
  for (const auto& row : instrumentSpec(parameters.instrument()).parameters) defaults.Set(std::string(parameterName(row.id)), genreDefaults[row.id]);
  result.Set("parameters", values);
  result.Set("defaults", defaults);
  return result;
}

Napi::Value renderClip(const Napi::CallbackInfo& info) { return guarded(info, renderOrder); }

Napi::Value describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array instruments = Napi::Array::New(env);
  for (std::uint32_t i = 0; i < INSTRUMENT_COUNT; ++i) {
    const auto& spec = instrumentSpec(static_cast<Instrument>(i));
    Napi::Array rows = Napi::Array::New(env);
    for (std::uint32_t j = 0; j < spec.parameters.size(); ++j) {
      const auto& row = spec.parameters[j];
      Napi::Object entry = Napi::Object::New(env);
      entry.Set("name", std::string(parameterName(row.id)));
      entry.Set("unit", std::string(row.unit));
      entry.Set("minimum", row.minimum);
      entry.Set("maximum", row.maximum);
      entry.Set("initial", row.initial);
      entry.Set("curve", row.curve == Curve::linear ? "linear" : "exponential");
      entry.Set("effect", std::string(row.effect));
      rows.Set(j, entry);
    }
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", std::string(spec.name));
    entry.Set("tonal", spec.tonal);
    entry.Set("description", std::string(spec.description));
    entry.Set("parameters", rows);
    instruments.Set(i, entry);
  }
  Napi::Array genres = Napi::Array::New(env);
  for (std::uint32_t i = 0; i < GENRE_COUNT; ++i) genres.Set(i, std::string(genreName(static_cast<Genre>(i))));
  Napi::Object result = Napi::Object::New(env);
  result.Set("instruments", instruments);
  result.Set("genres", genres);
  return result;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("describe", Napi::Function::New(env, describe, "describe"));
  exports.Set("render", Napi::Function::New(env, renderClip, "render"));
  addWorkshop(env, exports);
  addResampling(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(dsp, initialise)
