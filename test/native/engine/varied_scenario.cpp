#include "varied_scenario.hpp"

#include <cmath>
#include <stdexcept>

namespace grym::test {

using namespace grym::engine;
using namespace grym::segment;

AudioScript::AudioScript(Engine& engine) : engine_(engine) {
    for (std::size_t channel = 0; channel < 2; ++channel) {
        inputPointers_[channel] = inputs_[channel].data();
        outputPointers_[channel] = outputs_[channel].data();
    }
    block_.inputs = inputPointers_.data();
    block_.outputs = outputPointers_.data();
    block_.points = points_.data();
    block_.midi = notes_.data();
    settings_.quantise = Quantise::beat;
}

void AudioScript::changeTransport() noexcept {
    switch (dice_.below(8)) {
    case 0: playing_ = !playing_; break;
    case 1: song_ = static_cast<double>(dice_.below(400)) / 4; break;
    case 2: song_ = static_cast<double>(dice_.below(100'000)) / 997; break;
    case 3: tempo_ = 60 + static_cast<double>(dice_.below(12'000)) / 100; break;
    case 4: loops_ = !loops_; break;
    case 5:
        numerator_ = static_cast<std::int32_t>(dice_.below(9)); // 0 is no metre
        denominator_ = 1 << dice_.below(5);
        barStart_ = song_;
        break;
    default: playing_ = true; break;
    }
}

TransportPoint AudioScript::pointAt(std::uint32_t offset) const noexcept {
    TransportPoint point;
    point.frameOffset = offset;
    point.playing = playing_;
    point.musicalPositionKnown = true;
    point.songQuarters = song_;
    point.tempoBpm = tempo_;
    point.numerator = numerator_;
    point.denominator = denominator_;
    const double bar = numerator_ > 0 ? 4.0 * numerator_ / denominator_ : 4;
    point.barStartQuarters = barStart_ + std::floor((song_ - barStart_) / bar) * bar;
    point.loopActive = loops_;
    point.loopStartQuarters = 8;
    point.loopEndQuarters = 11;
    point.songFrame = std::llround(song_ * 60 / tempo_ * 48000);
    return point;
}

void AudioScript::advance(std::uint32_t frames) noexcept {
    if (!playing_) return;
    const double before = song_;
    song_ += frames * tempo_ / 60 / 48000;
    if (loops_ && before < 11 && song_ >= 11) song_ -= 3;
}

void AudioScript::prepareBlock() noexcept {
    static constexpr std::array<std::uint32_t, 8> sizes{64, 128, 1, 333, 64, 1024, 0, 64};
    block_.frames = sizes[dice_.below(8)];
    for (std::uint32_t index = 0; index < block_.frames; ++index)
        inputs_[0][index] = inputs_[1][index] = static_cast<float>(index) / kMaximumFrames;

    block_.pointCount = 0;
    std::uint32_t offset = 0;
    const std::uint32_t count = dice_.oneIn(50) ? 0 : 1 + (dice_.oneIn(10) ? dice_.below(3) : 0);
    for (std::uint32_t index = 0; index < count; ++index) {
        if (dice_.oneIn(40)) changeTransport();
        points_[block_.pointCount++] = pointAt(offset);
        const std::uint32_t step = index + 1 == count ? block_.frames - offset : dice_.below(block_.frames - offset + 1);
        advance(step);
        offset += step;
    }
    block_.midiCount = dice_.oneIn(6) ? 1 + dice_.below(3) : 0;
    for (std::uint32_t index = 0; index < block_.midiCount; ++index) {
        const auto status = static_cast<std::uint8_t>(dice_.oneIn(3) ? 0x80 : 0x90);
        notes_[index] = {dice_.below(1100), 3, {status, static_cast<std::uint8_t>(34 + dice_.below(20)), 100}};
    }
    if (dice_.oneIn(30)) settings_.macros[dice_.below(8)] = static_cast<float>(dice_.below(100)) / 100;
    if (dice_.oneIn(30)) settings_.slotLevelDb = static_cast<float>(dice_.below(72)) - 60;
    if (dice_.oneIn(30)) settings_.mode = static_cast<LaunchMode>(dice_.below(3));
    if (dice_.oneIn(30)) settings_.quantise = static_cast<Quantise>(dice_.below(4));
    settings_.quantiseBars = 1 + dice_.below(4);
    nanoseconds_ += 20'833ull * block_.frames + (dice_.oneIn(1000) ? 30'000'000 : 0);
    block_.monotonicNanoseconds = nanoseconds_;
    block_.offline = dice_.oneIn(100);
}

void AudioScript::finishBlock() noexcept {
    ++blocks_;
    for (std::uint32_t index = 0; index < block_.frames; ++index)
        if (!std::isfinite(outputs_[0][index]) || !std::isfinite(outputs_[1][index])) finite_ = false;
}

WorkerScript::WorkerScript(Engine& engine) : engine_(engine) {
    for (std::size_t index = 0; index < 2; ++index) {
        SegmentProblem problem;
        writers_[index] = SegmentWriter::create({"engine-threads", 48000, 1024, 1.0, index + 1}, problem);
        if (!writers_[index]) throw std::runtime_error(problem.message);
        readers_[index] = SegmentReader::attach(writers_[index]->name(), problem);
        if (!readers_[index]) throw std::runtime_error(problem.message);
    }
}

void WorkerScript::collect() {
    while (Clip* clip = engine_.collectRetired()) {
        delete clip;
        ++collected_;
    }
    while (SegmentWriter* writer = engine_.collectRetiredSegment()) lent_[writer == writers_[0].get() ? 0 : 1] = false;
}

void WorkerScript::step() {
    collect();
    const std::uint32_t slot = dice_.below(16);
    if (dice_.oneIn(5)) {
        engine_.postClip(slot, nullptr);
    } else {
        auto clip = std::make_unique<Clip>();
        const std::size_t frames = 1 + dice_.below(20'000);
        clip->left.assign(frames, 0.01f);
        clip->right.assign(frames, -0.01f);
        clip->loop = !dice_.oneIn(4);
        clip->quarterNotes = static_cast<double>(dice_.below(16)) / 4;
        clip->revision = posted_ + 1;
        if (engine_.postClip(slot, clip.get())) {
            (void)clip.release();
            ++posted_;
        }
    }
    const std::size_t index = dice_.below(2);
    if (!lent_[index] && dice_.oneIn(3)) lent_[index] = engine_.postSegment(writers_[index].get());
    if (dice_.oneIn(3)) {
        Command command{};
        command.kind = CommandKind::launch;
        command.slot = dice_.below(16);
        command.when = static_cast<CommandWhen>(dice_.below(6));
        command.quantiseBars = 1;
        command.songQuarters = dice_.below(40);
        command.frame = dice_.below(1'000'000);
        engine_.postCommand(command);
    }
}

bool WorkerScript::drain() {
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) engine_.postClip(slot, nullptr);
    engine_.postSegment(nullptr);
    collect();
    return collected_ == posted_ && !lent_[0] && !lent_[1];
}

void DaemonScript::step() {
    for (std::size_t index = 0; index < 2; ++index) {
        Command command{};
        command.kind = static_cast<CommandKind>(1 + dice_.below(6));
        command.slot = dice_.below(17);
        command.when = static_cast<CommandWhen>(dice_.below(7));
        command.quantiseBars = dice_.below(4);
        command.songQuarters = dice_.below(40);
        command.frame = dice_.below(3'000'000);
        command.value = static_cast<double>(dice_.below(3));
        command.id = dice_.below(1'000'000);
        worker_.reader(index).pushCommand(command);
        Event event;
        for (int taken = 0; taken < 64; ++taken) {
            const ReadResult result = worker_.reader(index).popEvent(event);
            if (result == ReadResult::notYet) break;
            if (result == ReadResult::malformed) throw std::runtime_error("the engine wrote a malformed event");
            if (result == ReadResult::ok) ++counts_[static_cast<std::size_t>(event.kind)];
        }
    }
}

} // namespace grym::test
