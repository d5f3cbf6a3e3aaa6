#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "sound.hpp"
#include "sound_file.hpp"

namespace grym::dsp {
namespace {

constexpr std::size_t MOST_SAMPLES = std::size_t{1} << 29;
constexpr std::int64_t MOST_PART_FRAMES = std::int64_t{1} << 28;
constexpr std::size_t BLOCK_FRAMES = 16384;
constexpr std::size_t MOST_TAG_BYTES = 4000;
constexpr int LOWEST_RATE = 4000, HIGHEST_RATE = 768000;

struct Descriptor {
  int number;
  explicit Descriptor(int opened) noexcept : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { if (number >= 0) close(number); }
};

struct CloseSound {
  void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using OpenSound = std::unique_ptr<SNDFILE, CloseSound>;

/** libsndfile knows many more formats, some of them read by code that few people use: only these reach it. */
bool isOfKnownFormat(int descriptor) {
  std::array<char, 12> head{};
  if (pread(descriptor, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) return false;
  const std::string_view start(head.data(), 4), kind(head.data() + 8, 4);
  if (start == "RIFF" || start == "RIFX" || start == "RF64") return kind == "WAVE";
  if (start == "FORM") return kind == "AIFF" || kind == "AIFC";
  return start == "fLaC" || start == "OggS";
}

std::string nameOf(int format) {
  SF_FORMAT_INFO info{};
  std::string name;
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV: case SF_FORMAT_WAVEX: case SF_FORMAT_RF64: name = "WAV"; break;
    case SF_FORMAT_AIFF: name = "AIFF"; break;
    case SF_FORMAT_FLAC: name = "FLAC"; break;
    case SF_FORMAT_OGG: name = "OGG"; break;
    default: throw FileFault("it is no WAV, AIFF, FLAC or OGG file");
  }
  info.format = format & SF_FORMAT_SUBMASK;
  if (sf_command(nullptr, SFC_GET_FORMAT_INFO, &info, sizeof(info)) == 0 && info.name != nullptr) name += std::string(", ") + info.name;
  return name;
}

/** Bytes that are no UTF-8 are taken for Latin-1, which old files are full of. */
std::string asUtf8(const char* bytes) {
  const std::string_view text(bytes, strnlen(bytes, MOST_TAG_BYTES));
  bool valid = true;
  for (std::size_t i = 0; i < text.size() && valid;) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    valid = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; k < length && valid; ++k) valid = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    i += length;
  }
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') out += ' ';
    else if (valid || byte < 0x80) out += c;
    else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

Tags tagsOf(SNDFILE* file) {
  static constexpr std::array<std::pair<int, const char*>, 9> NAMES{{{SF_STR_TITLE, "title"}, {SF_STR_ARTIST, "artist"}, {SF_STR_ALBUM, "album"},
      {SF_STR_DATE, "date"}, {SF_STR_GENRE, "genre"}, {SF_STR_COMMENT, "comment"}, {SF_STR_SOFTWARE, "software"}, {SF_STR_COPYRIGHT, "copyright"},
      {SF_STR_TRACKNUMBER, "track"}}};
  Tags tags;
  for (const auto& [id, name] : NAMES)
    if (const char* text = sf_get_string(file, id); text != nullptr && *text != '\0') tags[name] = asUtf8(text);
  SF_LOOP_INFO loop{};
  if (sf_command(file, SFC_GET_LOOP_INFO, &loop, sizeof(loop)) == SF_TRUE && loop.bpm >= 20.0F && loop.bpm <= 400.0F) {
    std::string tempo = std::to_string(static_cast<double>(std::round(loop.bpm * 1000.0F)) / 1000.0);
    tempo.erase(tempo.find_last_not_of('0') + 1);
    if (tempo.back() == '.') tempo.pop_back();
    tags["tempo"] = tempo;
  }
  return tags;
}

/** Replaces what no later stage could work with, and says how much that was. */
void sanitise(FileContent& content) {
  std::size_t replaced = 0;
  for (float& value : content.interleaved) {
    if (std::fabs(value) <= 1000.0F) continue;
    value = 0.0F;
    ++replaced;
  }
  if (replaced > 0) content.notices.push_back(std::to_string(replaced) + " samples were no numbers or far beyond full scale and were silenced.");
}

/** Up to `most` frames from where the file stands; `promised` is for the progress only. */
void readFrames(SNDFILE* file, std::int64_t most, std::int64_t promised, FileContent& content, Control& control) {
  const auto channels = static_cast<std::size_t>(content.channels);
  std::vector<float> block(BLOCK_FRAMES * channels);
  for (std::int64_t left = most; left > 0;) {
    control.progress(std::min(1.0, static_cast<double>(most - left) / static_cast<double>(std::max<std::int64_t>(1, promised))));
    const std::int64_t wanted = std::min(left, static_cast<std::int64_t>(BLOCK_FRAMES));
    const std::int64_t got = std::min<std::int64_t>(sf_readf_float(file, block.data(), wanted), wanted);
    if (got <= 0) break;
    // The header's length is only a promise: memory is taken as samples come.
    const std::size_t count = static_cast<std::size_t>(got) * channels;
    if (content.interleaved.size() + count > MOST_SAMPLES) throw FileFault("it has more than 2 GiB of samples");
    content.interleaved.insert(content.interleaved.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
    left -= got;
  }
  if (const int fault = sf_error(file); fault != SF_ERR_NO_ERROR)
    content.notices.push_back(std::string("A part of the file is damaged: ") + sf_error_number(fault));
}

std::string endsEarly(std::int64_t promised, std::int64_t frames) {
  return "The file ends early: it promises " + std::to_string(promised) + " frames and has " + std::to_string(frames) + ".";
}

/** A file that is open, its head read and found good. */
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      // A pipe would wait for its other end for ever without O_NONBLOCK; files ignore it.
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_.number < 0) throw FileFault(std::strerror(errno));
    struct stat facts{};
    if (fstat(descriptor_.number, &facts) != 0) throw FileFault(std::strerror(errno));
    if (!S_ISREG(facts.st_mode)) throw FileFault("it is no ordinary file");
    if (!isOfKnownFormat(descriptor_.number)) throw FileFault("it is no WAV, AIFF, FLAC or OGG file");
    sound_.reset(sf_open_fd(descriptor_.number, SFM_READ, &info_, SF_FALSE));
    if (!sound_) throw FileFault(sf_strerror(nullptr));
    if (info_.channels < 1 || info_.channels > 2) throw FileFault("it has " + std::to_string(info_.channels) + " channels, and one or two are read");
    if (info_.samplerate < LOWEST_RATE || info_.samplerate > HIGHEST_RATE) throw FileFault("its sample rate is " + std::to_string(info_.samplerate) + " Hz");
    format_ = nameOf(info_.format);
  }

  SNDFILE* sound() const noexcept { return sound_.get(); }

  /** As its header promises; none where that says nothing that could be true. */
  std::optional<std::int64_t> promisedFrames() const noexcept {
    return info_.frames >= 0 && info_.frames < (std::int64_t{1} << 40) ? std::optional<std::int64_t>(info_.frames) : std::nullopt;
  }

  void describe(FileContent& content) const {
    content.sampleRate = info_.samplerate;
    content.channels = info_.channels;
    content.format = format_;
  }

  const std::string& format() const noexcept { return format_; }

  bool seek(std::int64_t frame) const { return frame == 0 || (info_.seekable != 0 && sf_seek(sound_.get(), frame, SEEK_SET) == frame); }

 private:
  Descriptor descriptor_;
  SF_INFO info_{};
  OpenSound sound_;
  std::string format_;
};

/** Whether the format has no way to a frame, or only this file has none to that one. Looked at in a file opened anew: a decoder that has failed to seek once may fail for ever. */
std::string whyNotFrom(std::int64_t frame, const std::string& path) {
  const OpenFile file(path);
  if (!file.seek(1)) return "its format (" + file.format() + ") can be read from its start only, not in parts";
  return "it ends before frame " + std::to_string(frame) + " or is damaged there";
}

}  // namespace

FileContent readSoundFile(const std::string& path, Control& control) {
  control.checkpoint();
  const OpenFile file(path);
  FileContent content;
  file.describe(content);
  const auto promised = file.promisedFrames();
  readFrames(file.sound(), std::numeric_limits<std::int64_t>::max(), promised.value_or(std::numeric_limits<std::int64_t>::max()), content, control);
  const auto frames = static_cast<std::int64_t>(content.interleaved.size()) / content.channels;
  if (frames == 0) throw FileFault("it holds no samples");
  if (promised && *promised > frames) content.notices.insert(content.notices.begin(), endsEarly(*promised, frames));
  sanitise(content);
  content.tags = tagsOf(file.sound());
  return content;
}

PartContent readSoundFilePart(const std::string& path, const FilePart& part, Control& control) {
  if (part.start < 0 || part.frames < 1 || part.frames > MOST_PART_FRAMES) throw Refused("a part of a file begins at 0 or later and has 1 to 2^28 frames");
  control.checkpoint();
  const OpenFile file(path);
  PartContent content;
  file.describe(content);
  const auto promised = file.promisedFrames();
  if (!promised) throw FileFault("it does not say how long it is, and can only be read as a whole");
  if (*promised == 0) throw FileFault("it holds no samples");
  content.totalFrames = *promised;
  if (part.start >= *promised)
    throw FileFault("it has " + std::to_string(*promised) + " frames, and a part was asked for that begins at frame " + std::to_string(part.start));
  if (!file.seek(part.start)) throw FileFault(whyNotFrom(part.start, path));
  const std::int64_t wanted = std::min(part.frames, *promised - part.start);
  readFrames(file.sound(), wanted, wanted, content, control);
  const auto frames = static_cast<std::int64_t>(content.interleaved.size()) / content.channels;
  if (frames == 0) throw FileFault("it ends early: it promises " + std::to_string(*promised) + " frames and has none at frame " + std::to_string(part.start));
  if (frames < wanted) content.notices.insert(content.notices.begin(), endsEarly(*promised, part.start + frames));
  sanitise(content);
  content.tags = tagsOf(file.sound());
  return content;
}

}  // namespace grym::dsp
