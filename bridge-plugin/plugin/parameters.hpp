// The parameters that a host sees, in the order of their numbers.
#pragma once

#include <cstdint>

namespace grym::bridge {

enum ParameterId : std::uint32_t {
    kFirstMacro = 0, // 8 of them
    kSlotLevel = 8,
    kLaunchMode,
    kQuantise,
    kQuantiseBars,
    kParameterCount,
};

struct ParameterFacts {
    const char* name;
    const char* symbol;
    const char* unit;
    float minimum;
    float maximum;
    float preset;
    bool whole;
};

inline constexpr ParameterFacts kParameters[kParameterCount] = {
    {"Macro 1", "macro_1", "", 0, 1, 0, false},
    {"Macro 2", "macro_2", "", 0, 1, 0, false},
    {"Macro 3", "macro_3", "", 0, 1, 0, false},
    {"Macro 4", "macro_4", "", 0, 1, 0, false},
    {"Macro 5", "macro_5", "", 0, 1, 0, false},
    {"Macro 6", "macro_6", "", 0, 1, 0, false},
    {"Macro 7", "macro_7", "", 0, 1, 0, false},
    {"Macro 8", "macro_8", "", 0, 1, 0, false},
    {"Slot Level", "slot_level", "dB", -60, 12, 0, false},
    {"Launch Mode", "launch_mode", "", 0, 2, 0, true},
    {"Quantise", "quantise", "", 0, 3, 2, true},
    {"Quantise Bars", "quantise_bars", "bars", 1, 64, 4, true},
};

inline constexpr const char* kLaunchModeNames[] = {"Trigger", "Gate", "Toggle"};
inline constexpr const char* kQuantiseNames[] = {"None", "Beat", "Bar", "Bars"};

} // namespace grym::bridge
