// Between the segment's records and JavaScript values. Names here are those of daemon/audio/audio-path.ts.
#pragma once

#include <napi.h>

#include "audio_engine.hpp"
#include "segment/segment_orphans.hpp"

namespace grym::audio_path {

Napi::Object toJavaScript(Napi::Env env, const segment::Layout& layout);
Napi::Object toJavaScript(Napi::Env env, const segment::Event& event);
Napi::Object toJavaScript(Napi::Env env, const SegmentStatus& status);
Napi::Object toJavaScript(Napi::Env env, const segment::OrphanReport& report);
const char* nameOf(segment::ReadResult result);

/** Throws a TypeError into JavaScript where a field is missing or no number. */
segment::Command commandFrom(const Napi::Object& command);
std::uint64_t counterFrom(const Napi::Value& value, const char* field);

} // namespace grym::audio_path
