// The Node-API door of the workshop: analyse(), fit(), vary(), decode(), decodePart(), encode(). Each takes an order and the two control words.
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "addon_arguments.hpp"
#include "analysis.hpp"
#include "fit.hpp"
#include "vary.hpp"

namespace grym::dsp {
namespace {

constexpr std::size_t MOST_SAMPLES = std::size_t{1} << 29;

std::size_t channelsOf(const Napi::Object& order) { return boundedNumber(order, "channels", 1, 2) >= 2.0 ? 2 : 1; }
double rateOf(const Napi::Object& order) { return boundedNumber(order, "sampleRate", 4000, 768000); }

Sound soundFrom(const Napi::Object& order) {
  const std::size_t channels = channelsOf(order);
  const auto samples = floatsOf(order, "samples", MOST_SAMPLES);
  if (samples.size() % channels != 0) throw Refused("the samples are no whole number of frames");
  return soundOf(samples, channels, rateOf(order));
}

Napi::Value orNull(Napi::Env env, const std::optional<double>& value) { return value ? Napi::Number::New(env, *value) : env.Null(); }

template <typename T, typename Make>
Napi::Array listOf(Napi::Env env, const std::vector<T>& values, const Make& make) {
  Napi::Array list = Napi::Array::New(env, values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    // Long clips have tens of thousands of entries, each with handles of its own.
    const Napi::HandleScope scope(env);
    list.Set(i, make(values[i]));
  }
  return list;
}

template <typename Value>
Napi::Object estimate(Napi::Env env, const Value& value, double confidence) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("value", value);
  object.Set("confidence", confidence);
  return object;
}

Napi::Value balanceOf(Napi::Env env, const std::optional<Timbre>& timbre) {
  if (!timbre) return env.Null();
  constexpr std::array<const char*, 5> NAMES{"sub", "low", "middle", "presence", "air"};
  Napi::Object object = Napi::Object::New(env);
  for (std::size_t i = 0; i < NAMES.size(); ++i) object.Set(NAMES[i], std::min(1.0, timbre->balance[i]));
  return object;
}

Napi::Object chordObject(Napi::Env env, const Chord& chord) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("startSeconds", chord.startSeconds);
  object.Set("endSeconds", chord.endSeconds);
  object.Set("chord", chord.name);
  object.Set("confidence", chord.confidence);
  return object;
}

Napi::Value analyseOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  const Analysis found = analyse(soundFrom(order), control);
  const auto number = [&](double value) { return Napi::Number::New(env, value); };
  const auto timbre = [&](double Timbre::*field) { return found.timbre ? std::optional((*found.timbre).*field) : std::nullopt; };
  Napi::Object result = Napi::Object::New(env);
  result.Set("durationSeconds", found.durationSeconds);
  result.Set("tempoBpm", found.tempo ? Napi::Value(estimate(env, found.tempo->bpm, found.tempo->confidence)) : env.Null());
  result.Set("beatSeconds", listOf(env, found.tempo ? found.tempo->beats : std::vector<double>{}, number));
  result.Set("onsetSeconds", listOf(env, found.onsets, [&](const Onset& onset) { return number(onset.seconds); }));
  result.Set("onsetsPerSecond", static_cast<double>(found.onsets.size()) / found.durationSeconds);
  result.Set("key", found.key ? Napi::Value(estimate(env, found.key->name, found.key->confidence)) : env.Null());
  result.Set("chords", listOf(env, found.chords, [&](const Chord& chord) { return chordObject(env, chord); }));
  result.Set("loudnessLufs", orNull(env, found.loudnessLufs));
  result.Set("peakDbtp", orNull(env, found.peakDbtp));
  result.Set("brightnessHz", orNull(env, timbre(&Timbre::brightnessHz)));
  result.Set("spectralBalance", balanceOf(env, found.timbre));
  result.Set("spectralFlatness", orNull(env, timbre(&Timbre::flatness)));
  result.Set("harmonicShare", orNull(env, timbre(&Timbre::harmonicShare)));
  result.Set("stereoWidth", orNull(env, found.stereoWidth));
  result.Set("descriptors", listOf(env, found.descriptors, number));
  return result;
}

Napi::Array textList(Napi::Env env, const std::vector<std::string>& texts) {
  return listOf(env, texts, [&](const std::string& text) { return Napi::String::New(env, text); });
}

Napi::Value fitOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  FitPlan plan;
  plan.tempoRatio = boundedNumber(order, "tempoRatio", 0.25, 4.0);
  plan.semitones = boundedNumber(order, "semitones", -12.0, 12.0);
  plan.targetFrames = static_cast<std::int64_t>(boundedNumber(order, "targetFrames", 0.0, static_cast<double>(MOST_SAMPLES / channelsOf(order))));
  if (order.Get("targetLoudnessLufs").IsNumber()) plan.targetLoudnessLufs = boundedNumber(order, "targetLoudnessLufs", -60.0, 0.0);
  plan.ceilingDbtp = boundedNumber(order, "ceilingDbtp", -60.0, 0.0);
  plan.seamlessLoop = order.Get("seamlessLoop").ToBoolean().Value();
  const Fitted fitted = fit(soundFrom(order), plan, control);
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", floatArray(env, interleave(fitted.sound)));
  result.Set("loudnessLufs", orNull(env, fitted.loudnessLufs));
  result.Set("peakDbtp", orNull(env, fitted.peakDbtp));
  result.Set("changes", textList(env, fitted.changes));
  return result;
}

Napi::Value varyOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  VariationPlan plan;
  plan.seed = static_cast<std::uint64_t>(static_cast<std::int64_t>(boundedNumber(order, "seed", -9007199254740991.0, 9007199254740991.0)));
  plan.strength = boundedNumber(order, "strength", 0.0, 1.0);
  plan.targetFrames = static_cast<std::int64_t>(boundedNumber(order, "targetFrames", 1.0, static_cast<double>(MOST_SAMPLES / channelsOf(order))));
  plan.continuation = textOf(order, "kind") == "continue";
  const Napi::Value given = order.Get("cuts");
  if (!given.IsTypedArray() || given.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) throw Napi::TypeError::New(env, "cuts must be a Float64Array");
  const Napi::Float64Array cuts = given.As<Napi::Float64Array>();
  const Sound sound = soundFrom(order);
  for (std::size_t i = 0; i < std::min<std::size_t>(cuts.ElementLength(), 16384); ++i) {
    const double cut = cuts.Data()[i];
    if (cut > 0.0 && cut < static_cast<double>(sound.frames())) plan.cuts.push_back(static_cast<std::int64_t>(cut));
  }
  const Varied varied = vary(sound, plan, control);
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", floatArray(env, interleave(varied.sound)));
  result.Set("changes", textList(env, varied.changes));
  return result;
}

Napi::Object contentObject(Napi::Env env, const FileContent& content) {
  Napi::Object tags = Napi::Object::New(env);
  for (const auto& [name, text] : content.tags) tags.Set(name, text);
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", floatArray(env, content.interleaved));
  result.Set("sampleRate", content.sampleRate);
  result.Set("channels", content.channels);
  result.Set("format", content.format);
  result.Set("tags", tags);
  result.Set("notices", textList(env, content.notices));
  return result;
}

Napi::Value decodeOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  try {
    return contentObject(env, readSoundFile(textOf(order, "path"), control));
  } catch (const FileFault& fault) {
    throw codedError(env, "unreadable", fault.what());
  }
}

Napi::Value decodePartOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  FilePart part;
  part.start = static_cast<std::int64_t>(boundedNumber(order, "startFrame", 0.0, 9007199254740991.0));
  part.frames = static_cast<std::int64_t>(boundedNumber(order, "frames", 1.0, static_cast<double>(MOST_SAMPLES / 2)));
  try {
    const PartContent content = readSoundFilePart(textOf(order, "path"), part, control);
    Napi::Object result = contentObject(env, content);
    result.Set("totalFrames", static_cast<double>(content.totalFrames));
    return result;
  } catch (const FileFault& fault) {
    throw codedError(env, "unreadable", fault.what());
  }
}

Napi::Value encodeOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  const std::size_t channels = channelsOf(order);
  const auto samples = floatsOf(order, "samples", MOST_SAMPLES);
  if (samples.size() % channels != 0) throw Refused("the samples are no whole number of frames");
  const Napi::Value given = order.Get("tags");
  if (!given.IsObject()) throw Napi::TypeError::New(env, "tags must be an object of strings");
  const Napi::Object table = given.As<Napi::Object>();
  const Napi::Array names = table.GetPropertyNames();
  Tags tags;
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).As<Napi::String>().Utf8Value();
    tags[name] = textOf(table, name.c_str());
  }
  try {
    const WrittenFile written = writeSoundFile(textOf(order, "path"), samples, static_cast<int>(channels), static_cast<int>(rateOf(order)), textOf(order, "format"), tags, control);
    Napi::Object result = Napi::Object::New(env);
    result.Set("bytes", static_cast<double>(written.bytes));
    result.Set("clippedSamples", static_cast<double>(written.clippedSamples));
    return result;
  } catch (const FileFault& fault) {
    throw codedError(env, "unwritable", fault.what());
  }
}

/** Only this thread gives way: on Linux priorities belong to threads. Elsewhere it stays as it is. */
void yieldToOthers([[maybe_unused]] const Napi::CallbackInfo& info) {
#ifdef __linux__
  if (info.Length() != 1 || !info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "yieldToOthers(niceness) expected");
  const int niceness = std::min(19, std::max(0, info[0].As<Napi::Number>().Int32Value()));
  // Refused by the system: then the work is done at the usual priority.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
#endif
}

}  // namespace

void addWorkshop(Napi::Env env, Napi::Object exports) {
  exports.Set("analyse", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, analyseOrder); }, "analyse"));
  exports.Set("fit", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, fitOrder); }, "fit"));
  exports.Set("vary", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, varyOrder); }, "vary"));
  exports.Set("decode", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, decodeOrder); }, "decode"));
  exports.Set("decodePart", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, decodePartOrder); }, "decodePart"));
  exports.Set("encode", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, encodeOrder); }, "encode"));
  exports.Set("yieldToOthers", Napi::Function::New(env, yieldToOthers, "yieldToOthers"));
}

}  // namespace grym::dsp
