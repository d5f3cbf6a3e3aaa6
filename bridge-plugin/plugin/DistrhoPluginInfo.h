// What DPF needs to know at compile time. Three builds of one source:
//   (nothing)               LV2 and CLAP: effect with MIDI input
//   GRYM_BRIDGE_EFFECT      VST3 effect without MIDI input: with it, DPF adds 2,080 hidden controller parameters, and
//                           Ardour (limit 512) could then neither automate nor restore ours
//   GRYM_BRIDGE_INSTRUMENT  VST3 instrument with MIDI input
#ifndef DISTRHO_PLUGIN_INFO_H_INCLUDED
#define DISTRHO_PLUGIN_INFO_H_INCLUDED

#ifdef GRYM_BRIDGE_INSTRUMENT
# define DISTRHO_PLUGIN_NAME "GrymBridgeInstrument"
# define DISTRHO_PLUGIN_IS_SYNTH 1
# define DISTRHO_PLUGIN_VST3_CATEGORIES "Instrument|Sampler|Stereo"
#else
# define DISTRHO_PLUGIN_NAME "GrymBridge"
# define DISTRHO_PLUGIN_IS_SYNTH 0
# define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Tools|Stereo"
#endif

#ifdef GRYM_BRIDGE_EFFECT
# define DISTRHO_PLUGIN_WANT_MIDI_INPUT 0
#else
# define DISTRHO_PLUGIN_WANT_MIDI_INPUT 1
#endif

// DISTRHO_PLUGIN_BRAND stays undefined: lv2_validate rejects what DPF writes for it.
#define DISTRHO_PLUGIN_URI "urn:grym:bridge"
#define DISTRHO_PLUGIN_CLAP_ID "org.grym-synth.bridge"
#define DISTRHO_PLUGIN_CLAP_FEATURES "audio-effect", "sampler", "stereo"
#define DISTRHO_PLUGIN_LV2_CATEGORY "lv2:UtilityPlugin"
#define DISTRHO_PLUGIN_LV2_STATE_PREFIX "urn:grym:bridge:"

#define DISTRHO_PLUGIN_HAS_UI 0
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_WANT_PROGRAMS 0
#define DISTRHO_PLUGIN_WANT_STATE 1
#define DISTRHO_PLUGIN_WANT_FULL_STATE 1
// Latency is always 0 until the live insert: the formats' default.
#define DISTRHO_PLUGIN_WANT_LATENCY 0
#define DISTRHO_PLUGIN_WANT_TIMEPOS 1
#define DISTRHO_PLUGIN_WANT_HOST_TRANSPORT 1

#endif
