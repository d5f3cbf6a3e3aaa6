// Plays one MIDI note into a port at a known frame and records two audio ports from a known frame on.
//
//   jack-probe MIDI-INPUT-PORT LEFT-PORT RIGHT-PORT KEY NOTE-FRAMES TOTAL-FRAMES OUTPUT
//
// Two clients in one program, so that JACK's graph has no cycle: sender -> plugin -> recorder, all within one period.
// The note leaves NOTE-FRAMES frames after the recording's first frame. OUTPUT: interleaved float32, raw.
// Prints one JSON line: where the note lies in the recording, and whether anything was lost.
#include <jack/jack.h>
#include <jack/midiport.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

struct Probe {
    jack_client_t* sender = nullptr;
    jack_client_t* recorder = nullptr;
    jack_port_t* midi = nullptr;
    jack_port_t* left = nullptr;
    jack_port_t* right = nullptr;
    unsigned char key = 36;
    jack_nframes_t noteDelay = 0;
    std::vector<float> recording; // allocated in full before the clients start
    std::size_t recordedFrames = 0;
    std::atomic<bool> armed{false};
    std::atomic<bool> started{false};
    std::atomic<bool> finished{false};
    std::atomic<jack_nframes_t> startFrame{0}; // JACK's frame time of the recording's first frame
    std::atomic<bool> noteSent{false};
    jack_nframes_t nextExpected = 0;
    std::atomic<std::uint32_t> gaps{0};
};

int send(jack_nframes_t frames, void* argument) {
    auto& probe = *static_cast<Probe*>(argument);
    void* buffer = jack_port_get_buffer(probe.midi, frames);
    jack_midi_clear_buffer(buffer);
    if (!probe.started.load(std::memory_order_acquire) || probe.noteSent.load(std::memory_order_relaxed)) return 0;
    const jack_nframes_t cycle = jack_last_frame_time(probe.sender);
    const jack_nframes_t due = probe.startFrame.load(std::memory_order_relaxed) + probe.noteDelay;
    if (due >= cycle && due < cycle + frames) {
        const unsigned char message[3] = {0x90, probe.key, 100};
        jack_midi_event_write(buffer, due - cycle, message, sizeof message);
        probe.noteSent.store(true, std::memory_order_relaxed);
    }
    return 0;
}

int record(jack_nframes_t frames, void* argument) {
    auto& probe = *static_cast<Probe*>(argument);
    if (!probe.armed.load(std::memory_order_acquire) || probe.finished.load(std::memory_order_relaxed)) return 0;
    const jack_nframes_t cycle = jack_last_frame_time(probe.recorder);
    if (!probe.started.load(std::memory_order_relaxed)) {
        probe.startFrame.store(cycle, std::memory_order_relaxed);
        probe.nextExpected = cycle;
        probe.started.store(true, std::memory_order_release);
    }
    if (cycle != probe.nextExpected) probe.gaps.fetch_add(1, std::memory_order_relaxed);
    probe.nextExpected = cycle + frames;
    const auto* left = static_cast<const float*>(jack_port_get_buffer(probe.left, frames));
    const auto* right = static_cast<const float*>(jack_port_get_buffer(probe.right, frames));
    const std::size_t room = probe.recording.size() / 2 - probe.recordedFrames;
    const std::size_t taken = frames < room ? frames : room;
    for (std::size_t frame = 0; frame < taken; ++frame) {
        probe.recording[2 * (probe.recordedFrames + frame)] = left[frame];
        probe.recording[2 * (probe.recordedFrames + frame) + 1] = right[frame];
    }
    probe.recordedFrames += taken;
    if (taken == room) probe.finished.store(true, std::memory_order_release);
    return 0;
}

int fail(const char* what) {
    std::fprintf(stderr, "jack-probe: %s\n", what);
    return 1;
}

} // namespace

int main(int count, char** words) {
    if (count != 8) return fail("usage: jack-probe MIDI-INPUT-PORT LEFT-PORT RIGHT-PORT KEY NOTE-FRAMES TOTAL-FRAMES OUTPUT");
    Probe probe;
    probe.key = static_cast<unsigned char>(std::atoi(words[4]));
    probe.noteDelay = static_cast<jack_nframes_t>(std::strtoul(words[5], nullptr, 10));
    probe.recording.assign(2 * std::strtoul(words[6], nullptr, 10), 0.0F);
    probe.sender = jack_client_open("grym-probe-sender", JackNoStartServer, nullptr);
    probe.recorder = jack_client_open("grym-probe-recorder", JackNoStartServer, nullptr);
    if (probe.sender == nullptr || probe.recorder == nullptr) return fail("no JACK server");
    probe.midi = jack_port_register(probe.sender, "midi", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    probe.left = jack_port_register(probe.recorder, "left", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    probe.right = jack_port_register(probe.recorder, "right", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    jack_set_process_callback(probe.sender, send, &probe);
    jack_set_process_callback(probe.recorder, record, &probe);
    if (jack_activate(probe.sender) != 0 || jack_activate(probe.recorder) != 0) return fail("cannot activate");
    if (jack_connect(probe.sender, "grym-probe-sender:midi", words[1]) != 0) return fail("cannot connect the MIDI port");
    if (jack_connect(probe.recorder, words[2], "grym-probe-recorder:left") != 0) return fail("cannot connect the left port");
    if (jack_connect(probe.recorder, words[3], "grym-probe-recorder:right") != 0) return fail("cannot connect the right port");
    std::this_thread::sleep_for(std::chrono::milliseconds(300)); // let the graph settle: JACK reorders it in its own thread
    probe.armed.store(true, std::memory_order_release);

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!probe.finished.load(std::memory_order_acquire)) {
        if (std::chrono::steady_clock::now() > deadline) return fail("the recording did not end within 60 s");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    jack_deactivate(probe.sender);
    jack_deactivate(probe.recorder);
    jack_client_close(probe.sender);
    jack_client_close(probe.recorder);

    std::FILE* file = std::fopen(words[7], "wb");
    if (file == nullptr) return fail("cannot write the recording");
    const std::size_t written = std::fwrite(probe.recording.data(), sizeof(float), probe.recording.size(), file);
    if (std::fclose(file) != 0 || written != probe.recording.size()) return fail("cannot write the recording");
    std::printf("{\"noteSent\":%s,\"noteFrame\":%u,\"frames\":%zu,\"gaps\":%u}\n", probe.noteSent.load() ? "true" : "false",
                probe.noteDelay, probe.recordedFrames, probe.gaps.load());
    return 0;
}
