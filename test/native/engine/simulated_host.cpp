#include "simulated_host.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace grym::test {

using namespace grym::engine;
using namespace grym::segment;

std::unique_ptr<Clip> noiseClip(std::uint64_t frames, double quarterNotes, bool loop, unsigned seed, bool beginsQuietly) {
    auto clip = std::make_unique<Clip>();
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> sample(-0.5f, 0.5f);
    for (std::uint64_t index = 0; index < frames; ++index) {
        clip->left.push_back(sample(random));
        clip->right.push_back(sample(random));
    }
    if (frames > 0) clip->left[0] = clip->right[0] = beginsQuietly ? 0.0f : 0.25f;
    clip->quarterNotes = quarterNotes;
    clip->loop = loop;
    clip->revision = seed;
    return clip;
}

SimulatedHost::SimulatedHost(double sampleRate, bool withSegment) : sampleRate_(sampleRate) {
    engine.prepare(sampleRate, 512); // blocks of the simulation are also longer than announced
    if (!withSegment) return;
    SegmentProblem problem;
    writer = SegmentWriter::create({"engine-test", sampleRate, 512, 1.0, 1}, problem);
    if (!writer) throw std::runtime_error(problem.message);
    reader = SegmentReader::attach(writer->name(), problem);
    if (!reader) throw std::runtime_error(problem.message);
    engine.postSegment(writer.get());
}

SimulatedHost::~SimulatedHost() = default;

double SimulatedHost::song() const { return anchorQuarters_ + static_cast<double>(framesSinceAnchor_) * quartersPerFrame(); }

void SimulatedHost::locate(double quarters) {
    anchorQuarters_ = quarters;
    framesSinceAnchor_ = 0;
    songFrame_ = std::llround(quarters / quartersPerFrame());
}

void SimulatedHost::setTempo(double bpm) {
    const double here = song();
    tempo_ = bpm;
    anchorQuarters_ = here;
    framesSinceAnchor_ = 0;
}

void SimulatedHost::at(std::uint64_t frame, std::function<void()> action) { actions_.emplace(frame, std::move(action)); }

void SimulatedHost::midi(std::uint64_t frame, std::uint8_t status, std::uint8_t first, std::uint8_t second) {
    midi_.emplace(frame, MidiMessage{0, 3, {status, first, second}});
}
void SimulatedHost::noteOn(std::uint64_t frame, std::uint32_t slot, std::uint8_t velocity) {
    midi(frame, 0x90, static_cast<std::uint8_t>(36 + slot), velocity);
}
void SimulatedHost::noteOff(std::uint64_t frame, std::uint32_t slot) {
    midi(frame, 0x80, static_cast<std::uint8_t>(36 + slot), 0);
}

TransportPoint SimulatedHost::point(std::uint32_t offset) const {
    TransportPoint point;
    point.frameOffset = offset;
    point.playing = playing;
    point.musicalPositionKnown = positionKnown;
    point.barNumberKnown = barNumberKnown;
    point.songQuarters = ticksPerQuarter > 0 ? std::floor(song() * ticksPerQuarter + 1e-6) / ticksPerQuarter : song();
    point.tempoBpm = tempo_;
    point.numerator = numerator;
    point.denominator = denominator;
    point.loopActive = loopActive;
    point.loopStartQuarters = loopStart;
    point.loopEndQuarters = loopEnd;
    point.songFrame = tellsSongFrame ? songFrame_ : 0;
    point.barStartQuarters = metreAnchorQuarters;
    point.barNumber = barNumberAtAnchor;
    if (numerator > 0 && denominator > 0) {
        const double bar = 4.0 * numerator / denominator;
        const double bars = std::floor((song() - metreAnchorQuarters) / bar + 1e-9);
        point.barStartQuarters += bars * bar;
        if (std::fabs(bars) < 1e9) point.barNumber += static_cast<std::int32_t>(bars);
    }
    return point;
}

/** Moves the transport on; true where the host's own loop has wrapped. */
bool SimulatedHost::advanceTo(std::uint32_t frames) {
    frame_ += frames;
    if (!playing) return false;
    framesSinceAnchor_ += frames;
    songFrame_ += frames;
    if (!loopActive || loopIsIgnored || song() < loopEnd - 1e-9 || song() - static_cast<double>(frames) * quartersPerFrame() >= loopEnd) return false;
    locate(song() - (loopEnd - loopStart));
    return true;
}

void SimulatedHost::processBlock(std::uint32_t frames) {
    std::vector<TransportPoint> points;
    std::vector<MidiMessage> messages;
    const std::uint64_t begin = frame_;
    while (!actions_.empty() && actions_.begin()->first <= frame_) {
        actions_.begin()->second();
        actions_.erase(actions_.begin());
    }
    points.push_back(point(0));
    for (std::uint32_t offset = 0; offset < frames;) {
        std::uint32_t step = frames - offset;
        if (!actions_.empty()) step = static_cast<std::uint32_t>(std::min<std::uint64_t>(step, actions_.begin()->first - frame_));
        if (playing && loopActive && !loopIsIgnored && song() < loopEnd - 1e-9)
            step = static_cast<std::uint32_t>(std::min<double>(step, std::ceil((loopEnd - song()) / quartersPerFrame() - 1e-6)));
        const bool wrapped = advanceTo(step);
        offset += step;
        bool changed = wrapped && wrapsItself;
        while (offset < frames && !actions_.empty() && actions_.begin()->first <= frame_) {
            actions_.begin()->second();
            actions_.erase(actions_.begin());
            changed = true;
        }
        if (changed && offset < frames) points.push_back(point(offset));
    }
    while (!midi_.empty() && midi_.begin()->first < begin + frames) {
        MidiMessage message = midi_.begin()->second;
        message.frameOffset = static_cast<std::uint32_t>(midi_.begin()->first - begin);
        messages.push_back(message);
        midi_.erase(midi_.begin());
    }
    std::vector<float> inputs[2], outputs[2];
    for (int channel = 0; channel < 2; ++channel) {
        inputs[channel].resize(frames);
        outputs[channel].assign(frames, 99.0f); // garbage that must be overwritten
        for (std::uint32_t index = 0; index < frames; ++index)
            inputs[channel][index] = input ? input(begin + index, channel) : 0.0f;
    }
    const float* in[2] = {inputs[0].data(), inputs[1].data()};
    float* out[2] = {inPlace ? inputs[0].data() : outputs[0].data(), inPlace ? inputs[1].data() : outputs[1].data()};
    ProcessBlock block;
    block.inputs = in;
    block.outputs = out;
    block.frames = frames;
    block.points = points.data();
    block.pointCount = hasTransport ? static_cast<std::uint32_t>(points.size()) : 0;
    block.midi = messages.data();
    block.midiCount = static_cast<std::uint32_t>(messages.size());
    block.offline = offline;
    block.monotonicNanoseconds = clockNanoseconds;
    engine.process(block, settings);
    if (clockNanoseconds != 0) clockNanoseconds += nanosecondsPerFrame * frames;
    left.insert(left.end(), out[0], out[0] + frames);
    right.insert(right.end(), out[1], out[1] + frames);
    readEvents();
}

void SimulatedHost::readEvents() {
    Event event;
    while (reader && reader->popEvent(event) == ReadResult::ok) events.push_back(event);
}

void SimulatedHost::run(std::uint64_t frames) {
    while (frames > 0) {
        const std::uint32_t wanted = blockSizes[nextBlockSize_++ % blockSizes.size()];
        const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, frames));
        processBlock(size);
        frames -= size;
    }
}

const Clip* SimulatedHost::load(std::uint32_t slot, std::unique_ptr<Clip> clip) {
    Clip* const raw = clip.get();
    if (!engine.postClip(slot, raw)) throw std::runtime_error("postClip refused");
    return clip.release();
}

void SimulatedHost::clear(std::uint32_t slot) {
    if (!engine.postClip(slot, nullptr)) throw std::runtime_error("postClip refused");
}

std::size_t SimulatedHost::collect() {
    std::size_t count = 0;
    while (Clip* clip = engine.collectRetired()) {
        delete clip;
        ++count;
    }
    return count;
}

Command SimulatedHost::command(CommandKind kind, std::uint32_t slot, CommandWhen when) {
    Command command{};
    command.kind = kind;
    command.slot = slot;
    command.when = when;
    command.quantiseBars = 1;
    command.id = 7;
    return command;
}

void SimulatedHost::send(Command command) {
    if (!reader->pushCommand(command)) throw std::runtime_error("command ring full");
}

std::vector<Event> SimulatedHost::eventsOf(EventKind kind) const {
    std::vector<Event> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found), [&](const Event& event) { return event.kind == kind; });
    return found;
}

std::vector<std::uint64_t> SimulatedHost::launches(std::uint32_t slot) const {
    std::vector<std::uint64_t> frames;
    for (const Event& event : eventsOf(EventKind::launched))
        if (event.slot == slot) frames.push_back(event.frame);
    return frames;
}

std::int64_t firstDifference(const SimulatedHost& host, std::uint64_t frame, const Clip& clip, std::uint64_t clipFrame, std::uint64_t count) {
    for (std::uint64_t index = 0; index < count; ++index)
        if (host.left.at(frame + index) != clip.left.at(clipFrame + index) || host.right.at(frame + index) != clip.right.at(clipFrame + index))
            return static_cast<std::int64_t>(index);
    return -1;
}

bool isSilent(const SimulatedHost& host, std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t index = begin; index < end; ++index)
        if (host.left.at(index) != 0.0f || host.right.at(index) != 0.0f) return false;
    return true;
}

float largestStep(const SimulatedHost& host, std::uint64_t begin, std::uint64_t end) {
    float largest = 0;
    for (std::uint64_t index = begin + 1; index < end; ++index)
        largest = std::max(largest, std::fabs(host.left.at(index) - host.left.at(index - 1)));
    return largest;
}

} // namespace grym::test
