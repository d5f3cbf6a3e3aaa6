#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "random.hpp"
#include "sound_file.hpp"

namespace grym::dsp {
namespace {

constexpr std::size_t BLOCK_FRAMES = 16384;

struct Encoding {
  int format;
  int bits;  // 32: floating point
  bool acid; // has a field for the tempo
};

Encoding encodingOf(const std::string& name) {
  if (name == "wav-float32") return {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 32, true};
  if (name == "wav-24") return {SF_FORMAT_WAV | SF_FORMAT_PCM_24, 24, true};
  if (name == "wav-16") return {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16, true};
  if (name == "flac-24") return {SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 24, false};
  if (name == "flac-16") return {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16, false};
  throw FileFault("\"" + name + "\" is no format that is written");
}

std::optional<double> tempoOf(const Tags& tags) {
  const auto tempo = tags.find("tempo");
  if (tempo == tags.end()) return std::nullopt;
  const double value = std::strtod(tempo->second.c_str(), nullptr);
  return value >= 20.0 && value <= 400.0 ? std::optional(value) : std::nullopt;
}

struct Metre {
  unsigned numerator = 4, denominator = 4;
};

/** "3/4" of the tag `metre`; four quarters where there is none. */
Metre metreOf(const Tags& tags) {
  const auto tag = tags.find("metre");
  Metre metre;
  if (tag == tags.end() || std::sscanf(tag->second.c_str(), "%3u/%3u", &metre.numerator, &metre.denominator) != 2) return {};
  return metre.numerator >= 1 && metre.numerator <= 64 && metre.denominator >= 1 && metre.denominator <= 64 ? metre : Metre{};
}

/** The chunk in which DAWs look for the tempo of a loop: flags, root note, …, quarter notes, metre, tempo; little-endian. */
void setAcidChunk(SNDFILE* file, double tempoBpm, const Metre& metre, double seconds) {
  std::array<unsigned char, 24> bytes{};
  const auto put16 = [&](std::size_t at, unsigned value) { bytes[at] = value & 0xff; bytes[at + 1] = (value >> 8) & 0xff; };
  const auto put32 = [&](std::size_t at, std::uint32_t value) { for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = (value >> (8 * i)) & 0xff; };
  put16(4, 60);
  put32(12, static_cast<std::uint32_t>(std::clamp(seconds * tempoBpm / 60.0 + 0.5, 1.0, 1e9)));
  put16(16, metre.denominator);
  put16(18, metre.numerator);
  const auto tempo = static_cast<float>(tempoBpm);
  std::uint32_t word = 0;
  std::memcpy(&word, &tempo, sizeof(word));
  put32(20, word);
  SF_CHUNK_INFO chunk{};
  std::memcpy(chunk.id, "acid", 4);
  chunk.id_size = 4;
  chunk.datalen = bytes.size();
  chunk.data = bytes.data();
  sf_set_chunk(file, &chunk);
}

void setTags(SNDFILE* file, const Tags& tags, const Encoding& encoding, double seconds) {
  static constexpr std::array<std::pair<const char*, int>, 7> FIELDS{{{"title", SF_STR_TITLE}, {"artist", SF_STR_ARTIST}, {"album", SF_STR_ALBUM},
      {"date", SF_STR_DATE}, {"genre", SF_STR_GENRE}, {"software", SF_STR_SOFTWARE}, {"copyright", SF_STR_COPYRIGHT}}};
  const auto tempo = tempoOf(tags);
  if (tempo && encoding.acid) setAcidChunk(file, *tempo, metreOf(tags), seconds);
  std::string comment;
  if (const auto given = tags.find("comment"); given != tags.end()) comment = given->second;
  for (const auto& [name, text] : tags) {
    if (name == "comment" || text.empty()) continue;
    const auto field = std::find_if(FIELDS.begin(), FIELDS.end(), [&](const auto& row) { return name == row.first; });
    if (field != FIELDS.end()) sf_set_string(file, field->second, text.c_str());
    else if (name != "tempo" || !tempo || !encoding.acid) comment += (comment.empty() ? "" : "; ") + name + ": " + text;
  }
  if (!comment.empty()) sf_set_string(file, SF_STR_COMMENT, comment.c_str());
}

/** To whole numbers of `bits`, left-aligned in 32 as libsndfile takes them. At 16 bits with triangular dither of ±1 step, the same for the same place. */
class Quantiser {
 public:
  explicit Quantiser(int bits) noexcept : bits_(bits), scale_(static_cast<double>(1 << (bits - 1))) {}

  std::int32_t operator()(float sample, std::uint64_t place) noexcept {
    double value = static_cast<double>(sample);
    if (!(std::fabs(value) <= 1000.0)) value = 0.0;
    value *= scale_;
    // Full scale itself is one step too many: that is no clipping that anybody could hear or would want to be told of.
    if (value > scale_ || value < -scale_) ++clipped;
    if (bits_ == 16) value += dither_.uniform(2 * place) - dither_.uniform(2 * place + 1);
    value = std::clamp(std::nearbyint(value), -scale_, scale_ - 1.0);
    return static_cast<std::int32_t>(value) * (1 << (32 - bits_));
  }

  std::int64_t clipped = 0;

 private:
  int bits_;
  double scale_;
  Random dither_{16, "dither"};
};

std::string reasonOf(SNDFILE* file) { return errno == ENOSPC ? std::strerror(ENOSPC) : sf_strerror(file); }

std::int64_t writeSamples(SNDFILE* file, std::span<const float> interleaved, std::size_t channels, const Encoding& encoding, Control& control) {
  Quantiser quantise(encoding.bits == 32 ? 24 : encoding.bits);
  const std::size_t step = BLOCK_FRAMES * channels;
  std::vector<std::int32_t> whole(encoding.bits == 32 ? 0 : step);
  for (std::size_t first = 0; first < interleaved.size(); first += step) {
    control.progress(static_cast<double>(first) / static_cast<double>(interleaved.size()));
    const std::size_t count = std::min(step, interleaved.size() - first);
    const auto frames = static_cast<sf_count_t>(count / channels);
    errno = 0;
    sf_count_t written = 0;
    if (encoding.bits == 32) written = sf_writef_float(file, interleaved.data() + first, frames);
    else {
      for (std::size_t i = 0; i < count; ++i) whole[i] = quantise(interleaved[first + i], first + i);
      written = sf_writef_int(file, whole.data(), frames);
    }
    if (written != frames) throw FileFault(reasonOf(file));
  }
  return quantise.clipped;
}

/** The file while it is being made: gone unless it was finished. */
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path), descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) throw FileFault(std::strerror(errno));
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (sound_ != nullptr) sf_close(sound_);
    close(descriptor_);
    if (!finished_) unlink(path_.c_str());
  }

  SNDFILE* openSound(SF_INFO& info) {
    sound_ = sf_open_fd(descriptor_, SFM_WRITE, &info, SF_FALSE);
    if (sound_ == nullptr) throw FileFault(sf_strerror(nullptr));
    return sound_;
  }

  std::int64_t finish() {
    SNDFILE* closing = sound_;
    sound_ = nullptr;
    errno = 0;
    if (const int fault = sf_close(closing); fault != 0) throw FileFault(errno == ENOSPC ? std::strerror(ENOSPC) : sf_error_number(fault));
    if (fsync(descriptor_) != 0) throw FileFault(std::strerror(errno));
    struct stat facts{};
    if (fstat(descriptor_, &facts) != 0) throw FileFault(std::strerror(errno));
    finished_ = true;
    return facts.st_size;
  }

 private:
  std::string path_;
  int descriptor_;
  SNDFILE* sound_ = nullptr;
  bool finished_ = false;
};

}  // namespace

WrittenFile writeSoundFile(const std::string& path, std::span<const float> interleaved, int channels, int sampleRate, const std::string& format,
                           const Tags& tags, Control& control) {
  const Encoding encoding = encodingOf(format);
  SF_INFO info{};
  info.samplerate = sampleRate;
  info.channels = channels;
  info.format = encoding.format;
  if (sf_format_check(&info) == 0) throw FileFault("the format holds no " + std::to_string(channels) + " channels at " + std::to_string(sampleRate) + " Hz");
  control.checkpoint();
  NewFile file(path);
  SNDFILE* sound = file.openSound(info);
  // The PEAK chunk carries the time of writing.
  sf_command(sound, SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  const auto count = static_cast<std::size_t>(channels);
  setTags(sound, tags, encoding, static_cast<double>(interleaved.size() / count) / sampleRate);
  WrittenFile written;
  written.clippedSamples = writeSamples(sound, interleaved, count, encoding, control);
  control.checkpoint();
  written.bytes = file.finish();
  return written;
}

}  // namespace grym::dsp
