#include "session/worker.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include "session/background_thread.hpp"
#include "session/clip_loader.hpp"
#include "session/runtime_folder.hpp"

namespace grym::bridge {
namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr auto kHousekeeping = std::chrono::milliseconds(20);
constexpr double kDefaultCaptureSeconds = 120;

double captureSeconds() {
    const char* text = std::getenv("GRYM_CAPTURE_SECONDS");
    char* end = nullptr;
    const double seconds = text != nullptr ? std::strtod(text, &end) : 0;
    return text != nullptr && end != text && seconds >= 15 && seconds <= 600 ? seconds : kDefaultCaptureSeconds;
}

segment::Command slotCommand(segment::CommandKind kind, std::uint32_t slot) {
    segment::Command command{};
    command.kind = kind;
    command.slot = slot;
    command.when = segment::CommandWhen::now;
    return command;
}

} // namespace

Worker::Worker(engine::Engine& engine, BridgeModel& model, WorkerEvents events)
    : engine_(engine), model_(model), events_(std::move(events)) {}

Worker::~Worker() {
    stop();
}

void Worker::start() {
    const SignalsBlocked guard;
    stopping_ = false; // after a stop(), where the other thread could not be started
    thread_ = std::thread([this] { run(); });
}

void Worker::wake() {
    {
        const Lock lock(mutex_);
        woken_ = true;
    }
    condition_.notify_one();
}

void Worker::renewSegment() {
    {
        const Lock lock(mutex_);
        segmentWanted_ = true;
    }
    wake();
}

void Worker::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
    }
    condition_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void Worker::run() {
    becomeBackgroundThread("grym-worker");
    bool told = false;
    while (!stopping_) {
        try {
            work();
        } catch (const std::exception& exception) { // mostly no memory: the host must not end for it
            if (!std::exchange(told, true))
                std::fprintf(stderr, "grym-bridge: Something could not be done beside the audio: %s.\n", exception.what());
        }
    }
}

/** One round of everything that there is to do. */
void Worker::work() {
    bool makesSegment = false;
    {
        Lock lock(mutex_);
        condition_.wait_for(lock, kHousekeeping, [this] { return woken_ || stopping_.load(); });
        woken_ = false;
        makesSegment = !stopping_ && std::exchange(segmentWanted_, false);
    }
    collect();
    if (makesSegment)
        makeSegment();
    offerSegment();
    followArmed();
    while (!stopping_) {
        const auto job = model_.nextJob();
        if (!job)
            return;
        try {
            fillSlot(*job);
        } catch (const std::exception&) {
            model_.finish(*job, "There is not enough memory for this slot.");
            throw;
        }
        collect(); // the clip that this one overtook goes before the next one comes
    }
}

void Worker::collect() {
    const Lock lock(producer_);
    while (engine::Clip* clip = engine_.collectRetired())
        delete clip;
    while (segment::SegmentWriter* retired = engine_.collectRetiredSegment())
        std::erase_if(segments_, [retired](const auto& owned) { return owned.get() == retired; });
}

void Worker::makeSegment() {
    const AudioConfiguration configuration = model_.configuration();
    if (configuration.sampleRate <= 0)
        return;
    segment::SegmentParameters parameters;
    parameters.bridgeId = model_.bridgeId();
    parameters.sampleRate = configuration.sampleRate;
    parameters.maximumBlock = configuration.maximumBlock;
    parameters.captureSeconds = captureSeconds();
    parameters.generation = ++generation_;
    segment::SegmentProblem problem;
    auto made = segment::SegmentWriter::create(parameters, problem, &stopping_);
    if (stopping_)
        return;
    std::optional<protocol::SegmentFacts> facts;
    if (made)
        facts = protocol::SegmentFacts{made->name(), made->bytes(), made->generation(), made->captureFrames()};
    {
        const Lock lock(producer_);
        if (segmentToOffer_)
            segments_.pop_back(); // the engine has never had it and will not give it back
        segments_.push_back(std::move(made)); // null, where not even the rings fit: the engine goes on without
        segmentToOffer_ = true;
    }
    model_.setSegment(std::move(facts), problem.errorNumber == 0 ? std::string() : problem.message);
    events_.onNews();
}

void Worker::offerSegment() {
    const Lock lock(producer_);
    if (!segmentToOffer_ || segments_.empty() || !engine_.postSegment(segments_.back().get()))
        return;
    segmentToOffer_ = false;
    std::erase_if(segments_, [](const auto& owned) { return owned == nullptr; });
}

bool Worker::hasTaken(Posted& posted) const {
    const std::uint64_t frames = engine_.framesProcessed();
    if (frames != posted.framesProcessed) {
        posted.framesProcessed = frames;
        ++posted.advances;
    }
    // The first block to end may have begun before the post; the second has begun after it and has emptied the mail.
    return posted.advances >= 2;
}

void Worker::followArmed() {
    bool changed = false;
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
        if (posted_[slot].waits && hasTaken(posted_[slot])) {
            posted_[slot].waits = false;
            model_.followEngine(slot, posted_[slot].ticket);
        }
        const double armed = engine_.slotStatus(slot).armedSongQuarters;
        changed |= model_.setArmed(slot, std::isnan(armed) ? std::nullopt : std::optional(armed));
    }
    if (changed)
        events_.onStateChanged();
}

/** Under producer_. False: the mail is full. */
bool Worker::tryPost(const SlotJob& job, std::unique_ptr<engine::Clip>& clip) {
    const bool isClip = clip != nullptr;
    // The engine keeps only the newest clip on its way to a slot, so the emptying alone may never reach what is armed there.
    if (!isClip && !engine_.postCommand(slotCommand(segment::CommandKind::stop, job.slot)))
        return false;
    const auto armed = isClip && posted_[job.slot].afresh < job.afresh ? model_.launchToArm(job) : std::nullopt;
    if (!engine_.postClip(job.slot, clip.get()))
        return false;
    (void)clip.release();
    filled_[job.slot] = isClip;
    if (armed) {
        segment::Command command = slotCommand(segment::CommandKind::launch, job.slot);
        command.when = segment::CommandWhen::songPosition;
        command.songQuarters = *armed;
        if (!engine_.postCommand(command))
            return true; // full: the project keeps the launch, and the engine's view does not count
    }
    if (job.afresh != 0 && (isClip || !job.clip))
        posted_[job.slot] = Posted{true, job.ticket, job.afresh, engine_.framesProcessed(), 0};
    return true;
}

bool Worker::post(const SlotJob& job, std::unique_ptr<engine::Clip>& clip) {
    // The mail is emptied by the audio thread, which may stand still for as long as the host likes.
    while (!stopping_ && model_.isCurrent(job)) {
        {
            const Lock lock(producer_);
            if (!model_.isCurrent(job))
                return false;
            if (tryPost(job, clip))
                return true;
        }
        collect();
        Lock lock(mutex_);
        condition_.wait_for(lock, kHousekeeping, [this] { return stopping_.load(); });
    }
    return false;
}

bool Worker::isToBeEmptied(const SlotJob& job) {
    const Lock lock(producer_);
    return job.clip && filled_[job.slot] && posted_[job.slot].afresh < job.afresh;
}

/** Another project's clip does not sound on, and what was armed for it is not launched any more. */
bool Worker::emptyFirst(const SlotJob& job) {
    std::unique_ptr<engine::Clip> nothing;
    return !isToBeEmptied(job) || post(job, nothing);
}

void Worker::fillSlot(const SlotJob& job) {
    std::unique_ptr<engine::Clip> clip;
    std::string problem;
    if (!emptyFirst(job))
        return;
    if (job.clip) {
        events_.onNews(); // says `loading`
        const std::string folder = model_.clipFolder();
        clip = loadClip(job, folder.empty() ? defaultClipFolder() : folder, stopping_, problem);
    }
    // A clip that cannot be loaded leaves what stands in the slot alone: the show goes on.
    if (stopping_ || (problem.empty() && !post(job, clip)))
        return;
    model_.finish(job, problem);
    events_.onNews();
}

bool Worker::prepareEngine(const AudioConfiguration& configuration) {
    const Lock lock(producer_);
    // In here, or the worker's clips at the new rate could be emptied away and yet be reported as ready.
    const bool otherRate = model_.configure(configuration);
    if (otherRate) {
        engine_.takeMail();
        for (std::uint32_t slot = 0; slot < kSlots; ++slot)
            engine_.postClip(slot, nullptr);
        engine_.postSegment(nullptr);
        engine_.takeMail();
        filled_.fill(false);
    }
    engine_.prepare(configuration.sampleRate, configuration.maximumBlock);
    while (engine::Clip* clip = engine_.collectRetired())
        delete clip;
    return otherRate;
}

} // namespace grym::bridge
