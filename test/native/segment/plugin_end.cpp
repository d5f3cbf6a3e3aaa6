// The plugin's end of a segment, driven line by line: one command on stdin, one line of answer on stdout.
//   create SAMPLE_RATE CAPTURE_SECONDS GENERATION   -> name captureFrames bytes | problem: ...
//   counted FRAMES      -> frameCounter             blocks of 64; frame n holds (n mod 1000) / 1000, right = -left
//   transport FRAME QUARTERS TEMPO                  -> ok
//   events COUNT        -> pushed                   launched events numbered on by their frame
//   event KIND SLOT FRAME QUARTERS VALUE DATA0 DATA1 COMMAND_ID -> ok | full
//   pop                 -> none | kind slot when quantiseBars songQuarters frame value id
//   heartbeat           -> ok
//   sleep MILLISECONDS  -> ok
//   shorten             -> ok                       the file loses its end
//   quit
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "test_support.hpp"

using namespace grym::segment;
using namespace grym::segment::test;

namespace {

class PluginEnd {
public:
    std::string answer(const std::string& line) {
        std::istringstream words(line);
        std::string verb;
        words >> verb;
        if (verb == "create") return create(words);
        if (!writer_) return "problem: no segment";
        if (verb == "counted") return counted(words);
        if (verb == "transport") return transport(words);
        if (verb == "events") return events(words);
        if (verb == "event") return event(words);
        if (verb == "pop") return pop();
        if (verb == "heartbeat") return heartbeat();
        if (verb == "sleep") return sleep(words);
        if (verb == "shorten") return shorten();
        return "problem: unknown command " + verb;
    }

private:
    std::string create(std::istringstream& words) {
        SegmentParameters wanted = parameters(0);
        words >> wanted.sampleRate >> wanted.captureSeconds >> wanted.generation;
        SegmentProblem problem;
        writer_ = SegmentWriter::create(wanted, problem);
        if (!writer_) return "problem: " + problem.message;
        return writer_->name() + " " + std::to_string(writer_->captureFrames()) + " " + std::to_string(writer_->bytes());
    }

    std::string counted(std::istringstream& words) {
        std::uint64_t frames = 0;
        words >> frames;
        while (frames > 0) {
            const auto block = static_cast<std::uint32_t>(frames < 64 ? frames : 64);
            float left[64];
            float right[64];
            for (std::uint32_t index = 0; index < block; ++index) {
                left[index] = static_cast<float>((writer_->frameCounter() + index) % 1000) / 1000.0f;
                right[index] = -left[index];
            }
            writer_->writeCapture(left, right, block);
            frames -= block;
        }
        return std::to_string(writer_->frameCounter());
    }

    std::string transport(std::istringstream& words) {
        TransportRecord record{};
        words >> record.frame >> record.songQuarters >> record.tempoBpm;
        record.numerator = 7;
        record.denominator = 8;
        record.flags = kPlaying | kMusicalPositionKnown | kLoopActive;
        record.loopEndQuarters = 16;
        record.songFrame = -5;
        record.monotonicNanoseconds = now();
        writer_->writeTransport(record);
        return "ok";
    }

    std::string events(std::istringstream& words) {
        std::uint64_t count = 0;
        words >> count;
        std::uint64_t pushed = 0;
        for (; count > 0; --count) {
            Event launched{};
            launched.kind = EventKind::launched;
            launched.frame = nextEvent_;
            if (!writer_->pushEvent(launched)) continue;
            ++nextEvent_;
            ++pushed;
        }
        return std::to_string(pushed);
    }

    std::string event(std::istringstream& words) {
        Event made{};
        std::uint32_t kind = 0;
        std::string value;
        words >> kind >> made.slot >> made.frame >> made.songQuarters >> value >> made.data0 >> made.data1 >> made.commandId;
        made.kind = static_cast<EventKind>(kind);
        made.value = value == "nan" ? std::numeric_limits<double>::quiet_NaN() : std::strtod(value.c_str(), nullptr);
        return writer_->pushEvent(made) ? "ok" : "full";
    }

    std::string pop() {
        Command command{};
        if (!writer_->popCommand(command)) return "none";
        std::ostringstream text;
        text << static_cast<std::uint32_t>(command.kind) << ' ' << command.slot << ' ' << static_cast<std::uint32_t>(command.when)
             << ' ' << command.quantiseBars << ' ' << std::setprecision(17) << command.songQuarters << ' ' << command.frame << ' '
             << command.value << ' ' << command.id;
        return text.str();
    }

    std::string heartbeat() {
        writer_->heartbeat(now());
        return "ok";
    }

    static std::string sleep(std::istringstream& words) {
        useconds_t milliseconds = 0;
        words >> milliseconds;
        usleep(milliseconds * 1000);
        return "ok";
    }

    std::string shorten() {
        const int descriptor = shm_open(writer_->name().c_str(), O_RDWR, 0);
        const bool shortened = descriptor >= 0 && ftruncate(descriptor, 4096) == 0;
        if (descriptor >= 0) close(descriptor);
        return shortened ? "ok" : "problem: not shortened";
    }

    static std::uint64_t now() {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
    }

    std::unique_ptr<SegmentWriter> writer_;
    std::uint64_t nextEvent_ = 0;
};

} // namespace

int main() {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that dies leaves no process behind
    PluginEnd plugin;
    for (std::string line; std::getline(std::cin, line) && line != "quit";) std::cout << plugin.answer(line) << std::endl;
}
