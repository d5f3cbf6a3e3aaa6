// Prints the tables of the segment's layout as the reference has them. With a path: compares, and says how to correct.
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include "segment/segment_layout.hpp"

using namespace grym::segment;

namespace {

constexpr const char* kStart = "<!-- layout: printed by segment-layout -->\n";
constexpr const char* kEnd = "<!-- end of layout -->\n";

class Table {
public:
    Table(std::ostringstream& out, const char* title, std::size_t bytes) : out_(out) {
        out_ << "### " << title << " (" << bytes << " bytes)\n\n| field | offset | bytes |\n| --- | ---: | ---: |\n";
    }
    ~Table() { out_ << "\n"; }
    void row(const char* field, std::size_t offset, std::size_t bytes) {
        out_ << "| `" << field << "` | " << offset << " | " << bytes << " |\n";
    }

private:
    std::ostringstream& out_;
};

#define GRYM_ROW(Type, field) table.row(#field, offsetof(Type, field), sizeof(Type::field))

void printHeader(std::ostringstream& out) {
    Table table(out, "Header", sizeof(Header));
    GRYM_ROW(Header, magic);
    GRYM_ROW(Header, layoutVersion);
    GRYM_ROW(Header, headerBytes);
    GRYM_ROW(Header, totalBytes);
    GRYM_ROW(Header, generation);
    GRYM_ROW(Header, sampleRate);
    GRYM_ROW(Header, channels);
    GRYM_ROW(Header, maximumBlock);
    GRYM_ROW(Header, captureFrames);
    GRYM_ROW(Header, captureOffset);
    GRYM_ROW(Header, transportOffset);
    GRYM_ROW(Header, transportRecords);
    GRYM_ROW(Header, commandRecords);
    GRYM_ROW(Header, commandOffset);
    GRYM_ROW(Header, eventOffset);
    GRYM_ROW(Header, eventRecords);
    GRYM_ROW(Header, pluginProcessId);
    GRYM_ROW(Header, bridgeId);
    GRYM_ROW(Header, captureBegin);
    GRYM_ROW(Header, captureEnd);
    GRYM_ROW(Header, transportBegin);
    GRYM_ROW(Header, transportEnd);
    GRYM_ROW(Header, commandHead);
    GRYM_ROW(Header, commandTail);
    GRYM_ROW(Header, eventHead);
    GRYM_ROW(Header, eventTail);
    GRYM_ROW(Header, eventsDropped);
    GRYM_ROW(Header, commandFaults);
    GRYM_ROW(Header, pluginHeartbeatNanoseconds);
    GRYM_ROW(Header, daemonHeartbeatNanoseconds);
    GRYM_ROW(Header, peakBits);
}

void printTransport(std::ostringstream& out) {
    Table table(out, "Transport record", sizeof(TransportRecord));
    GRYM_ROW(TransportRecord, frame);
    GRYM_ROW(TransportRecord, songQuarters);
    GRYM_ROW(TransportRecord, tempoBpm);
    GRYM_ROW(TransportRecord, barStartQuarters);
    GRYM_ROW(TransportRecord, numerator);
    GRYM_ROW(TransportRecord, denominator);
    GRYM_ROW(TransportRecord, flags);
    GRYM_ROW(TransportRecord, barNumber);
    GRYM_ROW(TransportRecord, loopStartQuarters);
    GRYM_ROW(TransportRecord, loopEndQuarters);
    GRYM_ROW(TransportRecord, songFrame);
    GRYM_ROW(TransportRecord, monotonicNanoseconds);
    GRYM_ROW(TransportRecord, reserved);
}

void printCommand(std::ostringstream& out) {
    Table table(out, "Command", sizeof(Command));
    GRYM_ROW(Command, kind);
    GRYM_ROW(Command, slot);
    GRYM_ROW(Command, when);
    GRYM_ROW(Command, quantiseBars);
    GRYM_ROW(Command, songQuarters);
    GRYM_ROW(Command, frame);
    GRYM_ROW(Command, value);
    GRYM_ROW(Command, id);
    GRYM_ROW(Command, reserved);
}

void printEvent(std::ostringstream& out) {
    Table table(out, "Event", sizeof(Event));
    GRYM_ROW(Event, kind);
    GRYM_ROW(Event, slot);
    GRYM_ROW(Event, frame);
    GRYM_ROW(Event, songQuarters);
    GRYM_ROW(Event, value);
    GRYM_ROW(Event, data0);
    GRYM_ROW(Event, data1);
    GRYM_ROW(Event, commandId);
    GRYM_ROW(Event, reserved);
}

void printRegions(std::ostringstream& out) {
    const Layout layout = computeLayout(captureRingFrames(120, 48'000));
    Table table(out, "Regions of a segment with 120 s at 48 kHz", layout.totalBytes);
    table.row("Header", 0, sizeof(Header));
    table.row("Command[256]", layout.commandOffset, kCommandRecords * sizeof(Command));
    table.row("Event[1024]", layout.eventOffset, kEventRecords * sizeof(Event));
    table.row("TransportRecord[4096]", layout.transportOffset, kTransportRecords * sizeof(TransportRecord));
    table.row("Word[captureFrames]", layout.captureOffset, layout.captureFrames * kFrameBytes);
}

std::string layoutText() {
    std::ostringstream out;
    out << "\n";
    printRegions(out);
    printHeader(out);
    printTransport(out);
    printCommand(out);
    printEvent(out);
    return out.str();
}

} // namespace

int main(int argumentCount, char** arguments) {
    const std::string expected = kStart + layoutText() + kEnd;
    if (argumentCount < 2) {
        std::cout << expected;
        return 0;
    }
    std::ifstream file(arguments[1]);
    const std::string document{std::istreambuf_iterator<char>(file), {}};
    if (document.find(expected) != std::string::npos) return 0;
    std::cerr << arguments[1] << " does not hold the layout that the header has. Put this in its place:\n\n" << expected;
    return 1;
}
