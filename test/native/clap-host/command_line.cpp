// clap-host PLUGIN.clap
//
// Reads commands on standard input, one a line, and answers each with one line: `ok …` or `error …`.
//
//   activate RATE BLOCK | deactivate
//   process BLOCKS [realtime]      returns when they are done
//   run [fast] | pause             in the background, at the clock's pace unless `fast`
//   transport play | stop | locate QUARTERS | tempo BPM | metre N D | loop A B | loop off | on | off
//   transport jump FRAME QUARTERS  inside the next block
//   note on|off KEY [FRAME]        MIDI, in the next block
//   param ID VALUE | param ID
//   input silence|sine|counter     counter: frame number mod 2^20, divided by 2^21; right is left negated
//   output FILE | output off       raw float32, interleaved, of every block from here on
//   state save FILE | state load FILE
//   slots                          the JSON that the plugin keeps in the host's project
//   offline on|off
//   track NAME                     the rest of the line; nothing: the track has no name
//   frames | song | dirty | longest
//   wait MILLISECONDS              lets the plugin's own threads work
//   quit
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "clap_instance.hpp"

namespace {

using grym::test::ClapInstance;
using grym::test::HostTransport;
using grym::test::InputSignal;

/** The words of one command, each demanded by what it should be. */
class Words {
public:
    explicit Words(const std::string& line) : stream_(line) {}
    std::string text(const char* what) {
        std::string word;
        if (!(stream_ >> word))
            throw std::runtime_error(std::string("expected ") + what);
        return word;
    }
    std::string textOr(const std::string& otherwise) {
        std::string word;
        return stream_ >> word ? word : otherwise;
    }
    std::string rest() {
        std::string text;
        std::getline(stream_ >> std::ws, text);
        return text;
    }
    double number(const char* what) {
        const std::string word = text(what);
        char* end = nullptr;
        const double value = std::strtod(word.c_str(), &end);
        if (end == word.c_str() || *end != '\0')
            throw std::runtime_error(std::string("expected ") + what + ", got " + word);
        return value;
    }
    bool isEmpty() { return (stream_ >> std::ws).eof(); }

private:
    std::istringstream stream_;
};

std::string readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    if (!file.flush())
        throw std::runtime_error("cannot write " + path);
}

std::string number(double value) {
    std::ostringstream text;
    text.precision(17);
    text << value;
    return text.str();
}

std::string changeTransport(ClapInstance& instance, Words& words) {
    const std::string what = words.text("play, stop, locate, tempo, metre, loop, jump, on or off");
    if (what == "play")
        instance.withTransport([](HostTransport& transport) { transport.play(); });
    else if (what == "stop")
        instance.withTransport([](HostTransport& transport) { transport.stop(); });
    else if (what == "locate")
        instance.withTransport([quarters = words.number("quarters")](HostTransport& transport) { transport.locate(quarters); });
    else if (what == "tempo")
        instance.withTransport([bpm = words.number("beats per minute")](HostTransport& transport) { transport.setTempo(bpm); });
    else if (what == "metre") {
        const int numerator = static_cast<int>(words.number("numerator"));
        const int denominator = static_cast<int>(words.number("denominator"));
        instance.withTransport([=](HostTransport& transport) { transport.setMetre(numerator, denominator); });
    } else if (what == "loop") {
        const std::string start = words.text("quarters or off");
        if (start == "off")
            instance.withTransport([](HostTransport& transport) { transport.clearLoop(); });
        else
            instance.withTransport([from = std::atof(start.c_str()), to = words.number("quarters")](HostTransport& transport) {
                transport.setLoop(from, to);
            });
    } else if (what == "jump") {
        const auto frame = static_cast<std::uint32_t>(words.number("frame"));
        instance.jumpInside(frame, words.number("quarters"));
    } else if (what == "on" || what == "off")
        instance.setHasTransport(what == "on");
    else
        throw std::runtime_error("unknown transport command " + what);
    return "";
}

std::string addNote(ClapInstance& instance, Words& words) {
    const bool on = words.text("on or off") == "on";
    const auto key = static_cast<std::uint8_t>(words.number("key"));
    const auto frame = static_cast<std::uint32_t>(words.isEmpty() ? 0 : words.number("frame"));
    instance.addMidi(on ? 0x90 : 0x80, key, on ? 100 : 0, frame);
    return "";
}

std::string projectText(ClapInstance& instance) {
    // DPF writes keys and values, each ended by a zero.
    const std::string state = instance.saveState();
    const std::string key("bridge\0", 7);
    const std::size_t at = state.find(key);
    if (at == std::string::npos)
        throw std::runtime_error("the state holds no bridge");
    return state.c_str() + at + key.size();
}

std::string handleState(ClapInstance& instance, Words& words) {
    const std::string what = words.text("save or load");
    const std::string path = words.text("file");
    if (what == "save")
        writeFile(path, instance.saveState());
    else if (what == "load")
        instance.loadState(readFile(path));
    else
        throw std::runtime_error("expected save or load, got " + what);
    return "";
}

InputSignal signalNamed(const std::string& name) {
    if (name == "sine")
        return InputSignal::sine;
    if (name == "counter")
        return InputSignal::counter;
    if (name == "silence")
        return InputSignal::silence;
    throw std::runtime_error("expected silence, sine or counter, got " + name);
}

using Command = std::function<std::string(ClapInstance&, Words&)>;

const std::map<std::string, Command> kCommands = {
    {"activate", [](ClapInstance& instance, Words& words) {
         const double rate = words.number("sample rate");
         instance.activate(rate, static_cast<std::uint32_t>(words.number("block size")));
         return std::string();
     }},
    {"deactivate", [](ClapInstance& instance, Words&) { return instance.deactivate(), std::string(); }},
    {"process", [](ClapInstance& instance, Words& words) {
         const auto blocks = static_cast<std::uint64_t>(words.number("blocks"));
         instance.process(blocks, words.textOr("") == "realtime");
         return std::to_string(instance.framesProcessed());
     }},
    {"run", [](ClapInstance& instance, Words& words) { return instance.run(words.textOr("") != "fast"), std::string(); }},
    {"pause", [](ClapInstance& instance, Words&) { return instance.pause(), std::to_string(instance.framesProcessed()); }},
    {"transport", changeTransport},
    {"note", addNote},
    {"param", [](ClapInstance& instance, Words& words) {
         const auto id = static_cast<clap_id>(words.number("parameter's number"));
         if (words.isEmpty())
             return number(instance.parameter(id));
         instance.setParameter(id, words.number("value"));
         return std::string();
     }},
    {"input", [](ClapInstance& instance, Words& words) { return instance.setInput(signalNamed(words.text("a signal"))), std::string(); }},
    {"output", [](ClapInstance& instance, Words& words) {
         const std::string path = words.text("file or off");
         instance.setOutput(path == "off" ? "" : path);
         return std::string();
     }},
    {"state", handleState},
    {"slots", [](ClapInstance& instance, Words&) { return projectText(instance); }},
    {"offline", [](ClapInstance& instance, Words& words) {
         if (!instance.setOffline(words.text("on or off") == "on"))
             throw std::runtime_error("the plugin has no offline mode");
         return std::string();
     }},
    {"track", [](ClapInstance& instance, Words& words) { return instance.nameTrack(words.rest()), std::string(); }},
    {"frames", [](ClapInstance& instance, Words&) { return std::to_string(instance.framesProcessed()); }},
    {"song", [](ClapInstance& instance, Words&) { return number(instance.songQuarters()); }},
    {"dirty", [](ClapInstance& instance, Words&) { return std::to_string(instance.dirtyCount()); }},
    {"longest", [](ClapInstance& instance, Words&) { return std::to_string(instance.longestCallNanoseconds()); }},
    {"wait", [](ClapInstance&, Words& words) {
         std::this_thread::sleep_for(std::chrono::milliseconds(static_cast<long>(words.number("milliseconds"))));
         return std::string();
     }},
};

std::string execute(ClapInstance& instance, const std::string& line) {
    Words words(line);
    const std::string name = words.text("a command");
    const auto command = kCommands.find(name);
    if (command == kCommands.end())
        throw std::runtime_error("unknown command " + name);
    std::string answer = command->second(instance, words);
    instance.idle();
    return answer;
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: clap-host PLUGIN.clap < commands\n";
        return 2;
    }
    try {
        ClapInstance instance(arguments[1]);
        std::cout << "ok ready" << std::endl;
        for (std::string line; std::getline(std::cin, line) && line != "quit";) {
            try {
                const std::string answer = execute(instance, line);
                std::cout << (answer.empty() ? "ok" : "ok " + answer) << std::endl;
            } catch (const std::exception& problem) {
                std::cout << "error " << problem.what() << std::endl;
            }
        }
    } catch (const std::exception& problem) {
        std::cout << "error " << problem.what() << std::endl;
        return 1;
    }
    return 0;
}
