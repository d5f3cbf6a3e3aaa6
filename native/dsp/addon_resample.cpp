// The Node-API door of the rate converter: resample(), which is given an order and the two control words like all the workshop, and the class
// Resampler for audio that comes in pieces.
#include "addon_arguments.hpp"
#include "rate_converter.hpp"

namespace grym::dsp {
namespace {

constexpr std::size_t MOST_SAMPLES = std::size_t{1} << 29;
constexpr double HIGHEST_RATE = 1e9;

Napi::Value resampleOrder(Napi::Env env, const Napi::Object& order, Control& control) {
  const auto channels = static_cast<std::size_t>(boundedNumber(order, "channels", 1, static_cast<double>(MOST_CONVERTED_CHANNELS)));
  const double from = boundedNumber(order, "sampleRate", 1, HIGHEST_RATE), to = boundedNumber(order, "targetRate", 1, HIGHEST_RATE);
  const auto samples = floatsOf(order, "samples", MOST_SAMPLES);
  if (samples.size() % channels != 0) throw Refused("the samples are no whole number of frames");
  if (convertedFrames(static_cast<std::int64_t>(samples.size()), from, to) > static_cast<std::int64_t>(MOST_SAMPLES)) throw Refused("the result would have more than 2 GiB of samples");
  Napi::Object result = Napi::Object::New(env);
  result.Set("samples", floatArray(env, convertRate(samples, channels, from, to, control)));
  return result;
}

/** Work of one push is short: nobody asks to stop within it. */
class Unhurried : public Control {
 public:
  void progress(double) override {}
  bool cancelled() const override { return false; }
};

/** new Resampler(channels, fromRate, toRate); push(samples) and then finish() give what has come out. */
class Resampler : public Napi::ObjectWrap<Resampler> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Resampler", {InstanceMethod<&Resampler::push>("push"), InstanceMethod<&Resampler::finish>("finish")});
  }

  explicit Resampler(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Resampler>(info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber()) throw Napi::TypeError::New(env, "(channels, fromRate, toRate) expected");
    const double channels = info[0].As<Napi::Number>().DoubleValue();
    if (!(channels >= 1.0 && channels <= static_cast<double>(MOST_CONVERTED_CHANNELS))) throw codedError(env, "refused", "expected 1 to 64 channels");
    const double from = info[1].As<Napi::Number>().DoubleValue(), to = info[2].As<Napi::Number>().DoubleValue();
    coded(env, [&] { converter_ = std::make_unique<RateConverter>(static_cast<std::size_t>(channels), from, to); });
  }

 private:
  template <typename Work>
  static void coded(Napi::Env env, const Work& work) {
    try {
      work();
    } catch (const Refused& error) {
      throw codedError(env, "refused", error.what());
    } catch (const std::bad_alloc&) {
      throw codedError(env, "memory", "there is not enough memory");
    } catch (const std::length_error&) {
      throw codedError(env, "memory", "there is not enough memory");
    } catch (const std::runtime_error& error) {
      throw codedError(env, "failed", error.what());
    }
  }

  Napi::Value push(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 1 || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) throw Napi::TypeError::New(env, "(samples: Float32Array) expected");
    const Napi::Float32Array samples = info[0].As<Napi::Float32Array>();
    std::vector<float> out;
    coded(env, [&] { converter_->push({samples.Data(), samples.ElementLength()}, out, Unhurried()); });
    return floatArray(env, out);
  }

  Napi::Value finish(const Napi::CallbackInfo& info) {
    std::vector<float> out;
    coded(info.Env(), [&] { converter_->finish(out, Unhurried()); });
    return floatArray(info.Env(), out);
  }

  std::unique_ptr<RateConverter> converter_;
};

}  // namespace

void addResampling(Napi::Env env, Napi::Object exports) {
  exports.Set("resample", Napi::Function::New(env, [](const Napi::CallbackInfo& info) { return guarded(info, resampleOrder); }, "resample"));
  exports.Set("Resampler", Resampler::define(env));
}

}  // namespace grym::dsp
