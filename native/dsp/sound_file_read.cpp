#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <string_view>

#include "sound_file.hpp"

namespace grym::dsp {
namespace {

constexpr std::size_t MOST_SAMPLES = std::size_t{1} << 29;
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

void readSamples(SNDFILE* file, const SF_INFO& info, FileContent& content, Control& control) {
  const auto channels = static_cast<std::size_t>(info.channels);
  // The header's length is only a promise: memory is taken as samples come.
  const double promised = static_cast<double>(std::max<sf_count_t>(1, info.frames));
  std::vector<float> block(BLOCK_FRAMES * channels);
  for (;;) {
    control.progress(std::min(1.0, static_cast<double>(content.interleaved.size() / channels) / promised));
    const sf_count_t got = sf_readf_float(file, block.data(), static_cast<sf_count_t>(BLOCK_FRAMES));
    if (got <= 0) break;
    const std::size_t count = std::min(static_cast<std::size_t>(got), BLOCK_FRAMES) * channels;
    if (content.interleaved.size() + count > MOST_SAMPLES) throw FileFault("it has more than 2 GiB of samples");
    content.interleaved.insert(content.interleaved.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
  }
  const auto frames = static_cast<sf_count_t>(content.interleaved.size() / channels);
  if (frames == 0) throw FileFault("it holds no samples");
  if (info.frames > frames && info.frames < (sf_count_t{1} << 40))
    content.notices.push_back("The file ends early: it promises " + std::to_string(info.frames) + " frames and has " + std::to_string(frames) + ".");
  if (const int fault = sf_error(file); fault != SF_ERR_NO_ERROR)
    content.notices.push_back(std::string("A part of the file is damaged: ") + sf_error_number(fault));
}

}  // namespace

FileContent readSoundFile(const std::string& path, Control& control) {
  control.checkpoint();
  // A pipe would wait for its other end for ever without O_NONBLOCK; files ignore it.
  const Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.number < 0) throw FileFault(std::strerror(errno));
  struct stat facts{};
  if (fstat(descriptor.number, &facts) != 0) throw FileFault(std::strerror(errno));
  if (!S_ISREG(facts.st_mode)) throw FileFault("it is no ordinary file");
  if (!isOfKnownFormat(descriptor.number)) throw FileFault("it is no WAV, AIFF, FLAC or OGG file");
  SF_INFO info{};
  const OpenSound file(sf_open_fd(descriptor.number, SFM_READ, &info, SF_FALSE));
  if (!file) throw FileFault(sf_strerror(nullptr));
  if (info.channels < 1 || info.channels > 2) throw FileFault("it has " + std::to_string(info.channels) + " channels, and one or two are read");
  if (info.samplerate < LOWEST_RATE || info.samplerate > HIGHEST_RATE) throw FileFault("its sample rate is " + std::to_string(info.samplerate) + " Hz");
  FileContent content;
  content.sampleRate = info.samplerate;
  content.channels = info.channels;
  content.format = nameOf(info.format);
  readSamples(file.get(), info, content, control);
  sanitise(content);
  content.tags = tagsOf(file.get());
  return content;
}

}  // namespace grym::dsp
