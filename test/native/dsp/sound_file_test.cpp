// Parts of files: that they are what the whole has there, and what becomes of parts that are not there.
#include <doctest/doctest.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "patient.hpp"
#include "random.hpp"
#include "sound.hpp"
#include "sound_file.hpp"

using namespace grym::dsp;

namespace {

class Gone : public Control {
 public:
  void progress(double) override { checkpoint(); }
  bool cancelled() const override { return true; }
};

/** A file that goes with the test. */
class Scratch {
 public:
  explicit Scratch(const std::string& name) : path_(std::filesystem::temp_directory_path() / ("grym-part-" + std::to_string(getpid()) + "-" + name)) {
    std::filesystem::remove(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::vector<float> noise(std::size_t samples) {
  const Random random(5, "sound-file-test");
  std::vector<float> made(samples);
  for (std::size_t i = 0; i < samples; ++i) made[i] = static_cast<float>(0.5 * random.bipolar(i));
  return made;
}

/** Of formats that our own writer has not. */
void writeAs(const std::string& path, int format, int rate, const std::vector<float>& mono) {
  SF_INFO info{};
  info.format = format;
  info.samplerate = rate;
  info.channels = 1;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  REQUIRE(file != nullptr);
  CHECK(sf_writef_float(file, mono.data(), static_cast<sf_count_t>(mono.size())) == static_cast<sf_count_t>(mono.size()));
  sf_close(file);
}

std::vector<char> bytesOf(const std::string& path) {
  std::vector<char> bytes(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void writeBytes(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

PartContent part(const std::string& path, std::int64_t start, std::int64_t frames) {
  Patient control;
  return readSoundFilePart(path, {start, frames}, control);
}

std::string faultOf(const std::string& path, std::int64_t start, std::int64_t frames) {
  try {
    part(path, start, frames);
    return "no fault";
  } catch (const FileFault& fault) {
    return fault.what();
  }
}

std::vector<float> slice(const FileContent& whole, std::int64_t start, std::int64_t frames) {
  const auto channels = whole.channels;
  const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(whole.interleaved.size()), (start + frames) * channels);
  return {whole.interleaved.begin() + start * channels, whole.interleaved.begin() + end};
}

constexpr std::int64_t FRAMES = 50000;
constexpr std::array<std::array<std::int64_t, 2>, 10> PLACES{{{0, 1}, {0, 16384}, {0, FRAMES}, {1, 1}, {4095, 4097}, {16383, 2}, {20000, 30000}, {FRAMES - 1, 1},
    {FRAMES - 1, 1 << 20}, {12345, 1 << 28}}};

void checkPartsOf(const std::string& path, bool exactly) {
  Patient control;
  const FileContent whole = readSoundFile(path, control);
  for (const auto& [start, frames] : PLACES) {
    CAPTURE(start);
    CAPTURE(frames);
    const PartContent read = part(path, start, frames);
    const std::vector<float> expected = slice(whole, start, frames);
    CHECK(read.totalFrames == static_cast<std::int64_t>(whole.interleaved.size()) / whole.channels);
    CHECK(read.notices.empty());
    CHECK(read.format == whole.format);
    CHECK(read.sampleRate == whole.sampleRate);
    CHECK(read.channels == whole.channels);
    CHECK(read.tags == whole.tags);
    REQUIRE(read.interleaved.size() == expected.size());
    if (exactly) CHECK(read.interleaved == expected);
    else
      for (std::size_t i = 0; i < expected.size(); ++i)
        if (!(std::abs(read.interleaved[i] - expected[i]) < 1e-4F)) FAIL("sample " << i << " is " << read.interleaved[i] << ", expected " << expected[i]);
  }
}

}  // namespace

TEST_CASE("a part of a file is what the whole has there, and a part that reaches over the end is shorter") {
  for (const char* format : {"wav-16", "wav-24", "wav-float32", "flac-16", "flac-24"})
    for (const int channels : {1, 2}) {
      CAPTURE(format);
      CAPTURE(channels);
      const Scratch file("whole");
      Patient control;
      writeSoundFile(file.path(), noise(static_cast<std::size_t>(FRAMES * channels)), channels, 44100, format, {{"title", "whole"}}, control);
      checkPartsOf(file.path(), true);
    }
  const Scratch vorbis("whole.ogg"), aiff("whole.aiff");
  const auto samples = noise(static_cast<std::size_t>(FRAMES));
  writeAs(aiff.path(), SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 44100, samples);
  checkPartsOf(aiff.path(), true);
  writeAs(vorbis.path(), SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, samples);
  checkPartsOf(vorbis.path(), false);
}

TEST_CASE("a part that begins behind the end is refused with the file's length; a part that is none is refused") {
  const Scratch file("short.wav");
  Patient control;
  writeSoundFile(file.path(), noise(1000), 2, 44100, "wav-16", {}, control);
  CHECK(faultOf(file.path(), 500, 1) == "it has 500 frames, and a part was asked for that begins at frame 500");
  CHECK(faultOf(file.path(), std::int64_t{1} << 52, 1) == "it has 500 frames, and a part was asked for that begins at frame 4503599627370496");
  CHECK_THROWS_AS(part(file.path(), -1, 1), Refused);
  CHECK_THROWS_AS(part(file.path(), 0, 0), Refused);
  CHECK_THROWS_AS(part(file.path(), 0, -5), Refused);
  CHECK_THROWS_AS(part(file.path(), 0, (std::int64_t{1} << 28) + 1), Refused);
  CHECK(faultOf(file.path() + "-absent", 0, 1) == "No such file or directory");
}

TEST_CASE("a file that is shorter than its header says: parts before its end are read, one over it is shorter and says so, one behind it is refused") {
  const Scratch file("cut.flac");
  Patient writing, reading;
  writeSoundFile(file.path(), noise(static_cast<std::size_t>(FRAMES)), 1, 44100, "flac-16", {}, writing);
  const FileContent whole = readSoundFile(file.path(), reading);
  auto bytes = bytesOf(file.path());
  bytes.resize(bytes.size() / 2);
  writeBytes(file.path(), bytes);
  const PartContent before = part(file.path(), 10000, 4000);
  CHECK(before.interleaved == slice(whole, 10000, 4000));
  CHECK(before.totalFrames == FRAMES);
  CHECK(before.notices.empty());
  const PartContent over = part(file.path(), 12000, FRAMES - 12000);
  const auto read = static_cast<std::int64_t>(over.interleaved.size());
  CHECK(read > 8000);
  CHECK(read < 14000);
  CHECK(over.interleaved == slice(whole, 12000, read));
  REQUIRE(!over.notices.empty());
  CHECK(over.notices[0] == "The file ends early: it promises 50000 frames and has " + std::to_string(12000 + read) + ".");
  CHECK(faultOf(file.path(), 40000, 100) == "it ends before frame 40000 or is damaged there");
}

TEST_CASE("a file that does not say how long it is has no parts") {
  const Scratch file("endless.flac");
  Patient control;
  writeSoundFile(file.path(), noise(5000), 1, 44100, "flac-16", {}, control);
  auto bytes = bytesOf(file.path());
  // STREAMINFO's last 36 bits before the checksum: the number of frames, 0 for a stream of unknown length.
  bytes[8 + 13] = static_cast<char>(bytes[8 + 13] & 0xf0);
  for (std::size_t i = 8 + 14; i < 8 + 18; ++i) bytes[i] = 0;
  writeBytes(file.path(), bytes);
  CHECK(faultOf(file.path(), 0, 100) == "it does not say how long it is, and can only be read as a whole");
}

TEST_CASE("formats that cannot seek say so, and are read from their start") {
  const auto samples = noise(8000);
  const Scratch dwvw("dwvw.aiff"), gsm("gsm.wav");
  writeAs(dwvw.path(), SF_FORMAT_AIFF | SF_FORMAT_DWVW_16, 44100, samples);
  writeAs(gsm.path(), SF_FORMAT_WAV | SF_FORMAT_GSM610, 8000, samples);
  CHECK(part(dwvw.path(), 0, 100).interleaved.size() == 100);
  CHECK(part(gsm.path(), 0, 100).interleaved.size() == 100);
  CHECK(faultOf(dwvw.path(), 100, 100) == "its format (AIFF, 16 bit DWVW) can be read from its start only, not in parts");
  CHECK(faultOf(gsm.path(), 100, 100) == "its format (WAV, GSM 6.10) can be read from its start only, not in parts");
}

TEST_CASE("a file of more than 2 GiB of samples is read in parts, to its last frame") {
  // Mono, 16 bits: 3.2 GB on paper, some kilobytes on the disk; 6.4 GB as samples.
  constexpr std::uint32_t FRAMES_IN_IT = 1'600'000'000;
  const Scratch file("long.wav");
  std::vector<char> head(44);
  const auto text = [&](std::size_t at, const char* letters) { std::copy_n(letters, 4, head.begin() + static_cast<std::ptrdiff_t>(at)); };
  const auto put = [&](std::size_t at, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) head[at + static_cast<std::size_t>(i)] = static_cast<char>((value >> (8 * i)) & 0xff);
  };
  text(0, "RIFF"), put(4, 36 + 2 * FRAMES_IN_IT, 4), text(8, "WAVE"), text(12, "fmt "), put(16, 16, 4), put(20, 1, 2), put(22, 1, 2), put(24, 48000, 4);
  put(28, 96000, 4), put(32, 2, 2), put(34, 16, 2), text(36, "data"), put(40, 2 * FRAMES_IN_IT, 4);
  writeBytes(file.path(), head);
  std::filesystem::resize_file(file.path(), 44 + std::uint64_t{2} * FRAMES_IN_IT);
  {
    std::fstream place(file.path(), std::ios::binary | std::ios::in | std::ios::out);
    place.seekp(44 + std::int64_t{2} * (FRAMES_IN_IT - 1));
    place.write("\x00\x40", 2);
  }
  CHECK(part(file.path(), 0, 1000).interleaved == std::vector<float>(1000));
  const PartContent end = part(file.path(), FRAMES_IN_IT - 3, 1000);
  CHECK(end.totalFrames == FRAMES_IN_IT);
  CHECK(end.interleaved == std::vector<float>{0.0F, 0.0F, 0.5F});
}

TEST_CASE("samples of a part that are no numbers are silenced, and a cancel ends the reading") {
  const Scratch file("broken.wav");
  Patient control;
  auto samples = noise(1000);
  samples[500] = std::numeric_limits<float>::infinity();
  writeAs(file.path(), SF_FORMAT_WAV | SF_FORMAT_FLOAT, 44100, samples);
  const PartContent read = part(file.path(), 499, 3);
  CHECK(read.interleaved == std::vector<float>{samples[499], 0.0F, samples[501]});
  CHECK(read.notices.size() == 1);
  CHECK(part(file.path(), 0, 500).notices.empty());
  Gone gone;
  CHECK_THROWS_AS(readSoundFilePart(file.path(), {0, 10}, gone), Cancelled);
}

TEST_CASE("parts of files that lie are read or refused") {
  const Scratch seedFile("seed"), hostile("hostile");
  const Random random(13, "hostile-parts");
  std::uint64_t draw = 0;
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random.uniform(draw++) * static_cast<double>(end)); };
  int readable = 0;
  // OGG is left to the tests of the addon: libsndfile 1.2 leaks a decoder where it refuses one, which is not ours to find here.
  for (const int format : {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_AIFF | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16}) {
    writeAs(seedFile.path(), format, 44100, noise(6000));
    const auto seed = bytesOf(seedFile.path());
    for (int round = 0; round < 150; ++round) {
      auto bytes = seed;
      if (round % 4 == 0) bytes.resize(1 + below(seed.size() - 1));
      for (int i = 0; i < 3; ++i) bytes[below(round % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 120))] = static_cast<char>(random.bits(draw++));
      writeBytes(hostile.path(), bytes);
      try {
        const PartContent read = part(hostile.path(), static_cast<std::int64_t>(below(7000)), 2000);
        CHECK(read.interleaved.size() <= static_cast<std::size_t>(2000 * read.channels));
        CHECK(!read.interleaved.empty());
        CHECK(read.interleaved.size() % static_cast<std::size_t>(read.channels) == 0);
        ++readable;
      } catch (const FileFault& fault) {
        CHECK(std::string(fault.what()).size() > 3);
      }
    }
  }
  CHECK(readable > 100);
}
