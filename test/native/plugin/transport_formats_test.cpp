// What a host says about its transport reaches the engine whole and at its frame, through each format's own structures.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>

#include "bundle_under_test.hpp"

using namespace grym::test;
namespace segment = grym::segment;

namespace {

constexpr double kRate = 48000;
constexpr std::uint32_t kBlock = 512;
constexpr std::uint8_t kFirstSlot = 36;

/** The host's song, moved by frames; a metre begins where it is set. */
struct Song {
    double tempoBpm = 120;
    double anchorQuarters = 0;
    std::uint64_t framesSince = 0;
    std::int32_t numerator = 4;
    std::int32_t denominator = 4;
    double metreStart = 0;
    std::int32_t metreBar = 0;
    bool loopActive = false;

    double quarters() const { return anchorQuarters + static_cast<double>(framesSince) * tempoBpm / (60 * kRate); }
    double barLength() const { return 4.0 * numerator / denominator; }
    double barsSinceMetre() const { return std::floor((quarters() - metreStart) / barLength() + 1e-9); }
    void jump(double to) {
        anchorQuarters = to;
        framesSince = 0;
    }
    void setMetre(std::int32_t newNumerator, std::int32_t newDenominator) {
        const double bars = barsSinceMetre();
        metreStart += bars * barLength();
        metreBar += static_cast<std::int32_t>(bars);
        numerator = newNumerator;
        denominator = newDenominator;
    }
    HostMoment momentAt(std::uint32_t frame) const {
        HostMoment moment;
        moment.frame = frame;
        moment.songQuarters = quarters();
        moment.barStartQuarters = metreStart + barsSinceMetre() * barLength();
        moment.barNumber = metreBar + static_cast<std::int32_t>(barsSinceMetre());
        moment.tempoBpm = tempoBpm;
        moment.numerator = numerator;
        moment.denominator = denominator;
        moment.songFrame = std::llround(quarters() * 60 * kRate / tempoBpm);
        moment.loopActive = loopActive;
        moment.loopStartQuarters = 4;
        moment.loopEndQuarters = 12;
        return moment;
    }
};

using Changes = std::map<std::uint64_t, std::function<void(Song&)>>;

struct Roll {
    std::vector<float> heard;
    std::map<std::uint64_t, Song> truth; // the song as it stood from this frame on
    std::uint64_t firstSound() const {
        for (std::uint64_t frame = 0; frame < heard.size(); ++frame)
            if (heard[frame] != 0.0f)
                return frame;
        return heard.size();
    }
};

/** Rolls the song; a note on the first slot comes at frame 1,000. */
Roll roll(PluginHost& host, Song song, std::uint64_t frames, const Changes& changes, std::uint64_t noteFrame = 1000) {
    Roll done;
    done.truth[0] = song;
    for (std::uint64_t at = 0; at < frames; at += kBlock) {
        std::vector<HostMoment> moments;
        std::vector<HostNote> notes;
        if (at == 0 || host.speaksInEveryBlock() || changes.contains(at)) {
            if (const auto change = changes.find(at); change != changes.end()) {
                change->second(song);
                done.truth[at] = song;
            }
            moments.push_back(song.momentAt(0));
        }
        std::uint32_t frame = 0;
        for (auto change = changes.upper_bound(at); change != changes.end() && change->first < at + kBlock; ++change) {
            const auto offset = static_cast<std::uint32_t>(change->first - at);
            song.framesSince += offset - frame;
            frame = offset;
            change->second(song);
            done.truth[change->first] = song;
            REQUIRE(host.speaksInsideBlocks());
            moments.push_back(song.momentAt(offset));
        }
        song.framesSince += kBlock - frame;
        if (noteFrame >= at && noteFrame < at + kBlock)
            notes.push_back({static_cast<std::uint32_t>(noteFrame - at), 0x90, kFirstSlot, 100});
        host.process(kBlock, moments, notes);
        done.heard.insert(done.heard.end(), host.left.begin(), host.left.end());
    }
    return done;
}

/** Every record that the roll has left in the transport ring says what the host's song was at its frame. */
void checkRecords(segment::SegmentReader& reader, std::uint64_t base, const Roll& rolled, std::uint64_t firstRecord) {
    segment::CounterRange range;
    REQUIRE(reader.transportRange(range) == segment::ReadResult::ok);
    REQUIRE(range.end > firstRecord);
    std::uint64_t checked = 0;
    for (std::uint64_t index = firstRecord; index < range.end; ++index) {
        segment::TransportRecord record;
        REQUIRE(reader.readTransport(index, record) == segment::ReadResult::ok);
        REQUIRE(record.frame >= base);
        auto truth = std::prev(rolled.truth.upper_bound(record.frame - base));
        Song song = truth->second;
        song.framesSince += record.frame - base - truth->first;
        const HostMoment expected = song.momentAt(0);
        CAPTURE(record.frame - base);
        CHECK(record.songQuarters == doctest::Approx(expected.songQuarters).epsilon(1e-6));
        CHECK(record.barStartQuarters == doctest::Approx(expected.barStartQuarters).epsilon(1e-6));
        CHECK(record.tempoBpm == doctest::Approx(expected.tempoBpm));
        CHECK(record.numerator == expected.numerator);
        CHECK(record.denominator == expected.denominator);
        CHECK((record.flags & segment::kPlaying) != 0);
        CHECK((record.flags & segment::kMusicalPositionKnown) != 0);
        if ((record.flags & segment::kBarNumberKnown) != 0)
            CHECK(record.barNumber == expected.barNumber);
        ++checked;
    }
    CHECK(checked >= rolled.truth.size());
}

struct Format {
    const char* name;
    OpenHost open;
};
constexpr Format kPlayableFormats[] = {{"LV2", openLv2}, {"CLAP", openClap}, {"VST3 instrument", openVst3Instrument}};
constexpr Format kAllFormats[] = {{"LV2", openLv2}, {"CLAP", openClap}, {"VST3 effect", openVst3Effect}, {"VST3 instrument", openVst3Instrument}};

/** Loads a clip, rolls, and compares the ring; the frame at which the clip begins comes back. */
std::uint64_t launchFrame(OpenHost open, const Song& song, std::uint64_t frames, const Changes& changes, std::uint64_t noteFrame = 1000) {
    BundleUnderTest bundle(open, kRate, kBlock);
    segment::SegmentReader& reader = bundle.segment();
    bundle.loadConstantClip();
    std::uint64_t base = 0;
    segment::CounterRange before;
    REQUIRE(reader.frameCounter(base) == segment::ReadResult::ok);
    REQUIRE(reader.transportRange(before) == segment::ReadResult::ok);
    const Roll rolled = roll(bundle.host(), song, frames, changes, noteFrame);
    checkRecords(reader, base, rolled, before.end);
    return rolled.firstSound();
}

/** The record that one block of this song leaves. */
segment::TransportRecord recordAfter(BundleUnderTest& bundle, const Song& song) {
    segment::SegmentReader& reader = bundle.segment();
    segment::TransportRecord record{};
    REQUIRE(becomesTrue([&] {
        bundle.host().process(kBlock, {song.momentAt(0)}, {});
        return reader.latestTransport(record) == segment::ReadResult::ok && std::fabs(record.songQuarters - song.quarters()) < 1e-6
            && (record.flags & segment::kPlaying) != 0;
    }));
    return record;
}

Song songIn(std::int32_t numerator, std::int32_t denominator) {
    Song song;
    song.numerator = numerator;
    song.denominator = denominator;
    return song;
}

} // namespace

TEST_CASE("in 3/16 a bar is three quarters of a beat long") {
    for (const Format& format : kPlayableFormats) {
        CAPTURE(std::string(format.name));
        CHECK(launchFrame(format.open, songIn(3, 16), 40 * kBlock, {}) == 18000);
    }
}

TEST_CASE("in 7/8 a bar is three and a half beats long") {
    for (const Format& format : kPlayableFormats) {
        CAPTURE(std::string(format.name));
        CHECK(launchFrame(format.open, songIn(7, 8), 180 * kBlock, {}) == 84000);
    }
}

TEST_CASE("after a change of metre bars are counted from the change") {
    for (const Format& format : kPlayableFormats) {
        CAPTURE(std::string(format.name));
        // From bar 2 on (frame 96,000) in 7/8; the note comes after it. 4/4 would give 192,000, bars of 7/8 from 0 168,000.
        Changes changes;
        changes[format.open()->speaksInsideBlocks() ? 96000 : 96256] = [](Song& song) { song.setMetre(7, 8); };
        CHECK(launchFrame(format.open, songIn(4, 4), 360 * kBlock, changes, 100000) == 180000);
    }
}

TEST_CASE("a jump onto a bar line launches at the very frame of the jump, also inside a block") {
    for (const Format& format : kPlayableFormats) {
        CAPTURE(std::string(format.name));
        const std::uint64_t frame = format.open()->speaksInsideBlocks() ? 30100 : 30208;
        const Changes changes{{frame, [](Song& song) { song.jump(16); }}};
        CHECK(launchFrame(format.open, songIn(4, 4), 70 * kBlock, changes) == frame);
    }
}

TEST_CASE("several statements in one block each count from their frame") {
    for (const Format& format : {kPlayableFormats[0], kPlayableFormats[1]}) {
        CAPTURE(std::string(format.name));
        const Changes changes{{30000, [](Song& song) { song.jump(8.5); }},
            {30003, [](Song& song) { song.jump(2.25); }},
            {30100, [](Song& song) { song.jump(15.99); }},
            {30200, [](Song& song) { song.jump(20); }}};
        CHECK(launchFrame(format.open, songIn(4, 4), 70 * kBlock, changes) == 30200);
    }
}

TEST_CASE("after a change of metre and a jump, LV2's bar numbers no longer say where the song is: its frame does") {
    const Changes changes{{96000, [](Song& song) { song.setMetre(7, 8); }}, {120100, [](Song& song) { song.jump(11); }}};
    // 11 is a bar line of the new metre: 4 + 2 × 3.5.
    CHECK(launchFrame(openLv2, songIn(4, 4), 300 * kBlock, changes, 118000) == 120100);
}

TEST_CASE("a reopened project launches by itself what it had armed for a place in the song") {
    for (const Format& format : kPlayableFormats) {
        CAPTURE(std::string(format.name));
        BundleUnderTest bundle(format.open, kRate, kBlock);
        segment::SegmentReader& reader = bundle.segment();
        bundle.loadConstantClip();
        std::string state = bundle.host().bridgeState();
        state.insert(state.find("\"channels\""), "\"armedSongQuarters\":2.5,");
        bundle.host().setBridgeState(state);
        REQUIRE(becomesTrue([&] {
            bundle.host().process(kBlock, {}, {});
            segment::Event event;
            while (reader.popEvent(event) == segment::ReadResult::ok)
                if (event.kind == segment::EventKind::armed && event.songQuarters == 2.5)
                    return true;
            return false;
        }));
        CHECK(bundle.host().bridgeState() == state);
        const Roll rolled = roll(bundle.host(), Song{}, 140 * kBlock, {}, ~std::uint64_t{0});
        CHECK(rolled.firstSound() == 60000);
        // Launched: the next reopening does not launch it again.
        CHECK(becomesTrue([&] {
            bundle.host().process(kBlock, {}, {});
            return bundle.host().bridgeState().find("armed") == std::string::npos;
        }));
    }
}

TEST_CASE("loop and song frame come through") {
    for (const Format& format : kAllFormats) {
        if (std::string(format.name) == "LV2")
            continue; // it has no words for a loop
        CAPTURE(std::string(format.name));
        BundleUnderTest bundle(format.open, kRate, kBlock);
        Song song;
        song.loopActive = true;
        song.jump(5);
        const segment::TransportRecord record = recordAfter(bundle, song);
        CHECK(record.songFrame == 120000);
        CHECK((record.flags & segment::kLoopActive) != 0);
        CHECK(record.loopStartQuarters == 4);
        CHECK(record.loopEndQuarters == 12);
    }
}

TEST_CASE("the host's offline mode comes through, on and off") {
    for (const Format& format : kAllFormats) {
        CAPTURE(std::string(format.name));
        BundleUnderTest bundle(format.open, kRate, kBlock);
        Song song;
        CHECK((recordAfter(bundle, song).flags & segment::kOffline) == 0);
        bundle.host().setOffline(true);
        song.jump(40);
        CHECK((recordAfter(bundle, song).flags & segment::kOffline) != 0);
        bundle.host().setOffline(false);
        song.jump(80);
        const segment::TransportRecord record = recordAfter(bundle, song);
        CHECK((record.flags & segment::kOffline) == 0);
        CHECK(record.songQuarters == doctest::Approx(80));
    }
}

TEST_CASE("nonsense from a host is no crash and no position") {
    for (const Format& format : kAllFormats) {
        CAPTURE(std::string(format.name));
        BundleUnderTest bundle(format.open, kRate, kBlock);
        const double nan = std::nan("");
        for (const auto& [numerator, denominator] : {std::pair{0, 0}, {-3, 4}, {4, 0}, {1, 1}, {65535, 1}}) {
            for (const double quarters : {0.0, nan, 1e300, -7.5, HUGE_VAL}) {
                HostMoment moment;
                moment.numerator = numerator;
                moment.denominator = denominator;
                moment.songQuarters = quarters;
                moment.barStartQuarters = quarters;
                moment.tempoBpm = quarters;
                moment.frame = bundle.host().speaksInsideBlocks() ? 100000 : 0;
                bundle.host().process(kBlock, {moment}, {});
                for (const float sample : bundle.host().left)
                    REQUIRE(std::isfinite(sample));
            }
        }
    }
}
