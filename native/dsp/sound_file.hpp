#pragma once
// Audio files by libsndfile (LGPL, linked dynamically). Files come from anywhere: nothing in them is believed.
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "control.hpp"

namespace grym::dsp {

/** The file cannot be read or written; the text is the end of a sentence that names the file. */
struct FileFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Tags = std::map<std::string, std::string>;

struct FileContent {
  std::vector<float> interleaved;
  int sampleRate = 0;
  int channels = 0;
  std::string format;
  Tags tags;
  std::vector<std::string> notices;
};

/** Reads WAV, AIFF, FLAC and OGG with one or two channels and at most 2 GiB of samples. Throws FileFault. */
FileContent readSoundFile(const std::string& path, Control& control);

/** At most `frames` frames, 1 to 2^28, from `start` (0 and up) on. */
struct FilePart {
  std::int64_t start = 0;
  std::int64_t frames = 0;
};

struct PartContent : FileContent {
  /** Of the whole file, as its header promises it. */
  std::int64_t totalFrames = 0;
};

/** A part of such a file, which itself may be of any length. A part that reaches over the end is shorter; where the file ends before the end that its header
 *  promises, a notice says so. Throws FileFault as well where the part begins behind the end, promised or real, and where the format or its length is such
 *  that no frame in the middle can be found; Refused for a part that is none. */
PartContent readSoundFilePart(const std::string& path, const FilePart& part, Control& control);

struct WrittenFile {
  std::int64_t bytes = 0;
  std::int64_t clippedSamples = 0;
};

/** `format`: wav-float32, wav-24, wav-16, flac-24 or flac-16. `path` must not exist. The same content gives the same bytes.
 *  When this returns, the file is on the disk; when it throws, it is gone. */
WrittenFile writeSoundFile(const std::string& path, std::span<const float> interleaved, int channels, int sampleRate, const std::string& format,
                           const Tags& tags, Control& control);

}  // namespace grym::dsp
