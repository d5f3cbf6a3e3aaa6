/** Lua chunks for the tests in Ardour. Positions are in frames at 48 kHz; the session is 120 bpm, 4/4. */

export type ArdourFormat = 'VST3' | 'LV2';

const PLUGIN_ID: Record<ArdourFormat, string> = { VST3: 'GrymBridge', LV2: 'urn:grym:bridge' };

/** Ardour's preset "WAV @ session-rate"; the default one is CD quality at 44.1 kHz. */
const SESSION_RATE_PRESET = '75969a1c-3133-4694-864b-a1fa50e43348';

export const openBackend = `
AudioEngine:set_backend ("None (Dummy)", "grym", "")
AudioEngine:set_device_name ("Silence")
AudioEngine:set_buffer_size (256)`;

/**
 * Waits until Ardour compensates the latency of its outputs on the tracks too. While new tracks are being connected, Ardour 7.3
 * now and then loses its own update of latencies (in 15 of 300 sessions on a busy machine): the tracks then count with none
 * where the master bus counts with 80 frames, and an export lies 80 frames beside the session's time. A change of some
 * processor's latency makes it count again.
 */
const settleLatencies = `local function compensated ()
  local whole = shared.session:master_out ():output ():latency ()
  for route in shared.session:get_routes ():iter () do
    if route:output ():latency () ~= whole or route:playback_latency (false) ~= whole then return false end
  end
  return shared.session:worst_output_latency () == whole
end
local function count_again ()
  for route in shared.session:get_routes ():iter () do
    local processor = route:nth_plugin (0)
    if not processor:isnil () then
      local latent = processor:to_latent ()
      latent:set_user_latency (64)
      sleep (0.1)
      latent:unset_user_latency ()
    end
  end
end
local tries = 0
while not compensated () do
  if tries >= 40 then error ("Ardour does not compensate the latency of its outputs on all tracks") end
  if tries % 4 == 3 then count_again () end
  tries = tries + 1
  sleep (0.1)
end
if tries > 0 then say ("latencies settled after", tries, "tries") end
collectgarbage ()`;

export function createSession(folder: string, format: ArdourFormat): string {
  return `${openBackend}
local session = create_session ("${folder}", "grym", 48000)
if not session then error ("create_session") end
local track = session:new_audio_track (2, 2, nil, 1, "Bridge", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false):front ()
local plugin = ARDOUR.LuaAPI.new_plugin (session, "${PLUGIN_ID[format]}", ARDOUR.PluginType.${format}, "")
if plugin:isnil () then error ("the plugin was not found by the scanner: ${PLUGIN_ID[format]}") end
if track:add_processor_by_index (plugin, 0, nil, true) ~= 0 then error ("add_processor") end
say ("plugin", plugin:display_name (), "active", plugin:active ())
shared.session = session
${settleLatencies}`;
}

/** Two audio tracks with the effect and a MIDI track with the instrument; `shared.keys` is the latter. */
export function createBand(folder: string): string {
  return `${openBackend}
local session = create_session ("${folder}", "grym", 48000)
if not session then error ("create_session") end
local function put (track, name)
  local plugin = ARDOUR.LuaAPI.new_plugin (session, name, ARDOUR.PluginType.VST3, "")
  if plugin:isnil () then error ("the plugin was not found by the scanner: " .. name) end
  if track:add_processor_by_index (plugin, 0, nil, true) ~= 0 then error ("add_processor") end
end
for _, name in ipairs ({ "Drums", "Bass" }) do
  put (session:new_audio_track (2, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false):front (), "GrymBridge")
end
local function count (kind, number) return ARDOUR.ChanCount (ARDOUR.DataType (kind), number) end
shared.keys = session:new_midi_track (count ("midi", 1), count ("audio", 2), true, ARDOUR.PluginInfo (), nil, nil, 1, "Keys", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true):front ()
put (shared.keys, "GrymBridgeInstrument")
shared.session = session`;
}

export function renameTrack(from: string, to: string): string {
  return `shared.session:route_by_name ("${from}"):set_name ("${to}")
sleep (0.2)
say ("renamed", shared.session:route_by_name ("${to}"):name ())`;
}

/** Sends a note to the MIDI track while the transport runs, and says the master's highest peak before and after it, in dB. */
export function playNote(key: number, seconds: number): string {
  return `local track, parser = shared.keys:to_track ():to_midi_track (), ARDOUR.RawMidiParser ()
shared.session:request_roll (ARDOUR.TransportRequestSource.TRS_UI)
sleep (0.3)
say ("silence", math.max (-200, shared.session:master_out ():peak_meter ():meter_level (0, ARDOUR.MeterType.MeterMaxPeak)))
for _, byte in ipairs ({ 0x90, ${key}, 100 }) do
  if parser:process_byte (byte) then
    if not track:write_immediate_event (Evoral.EventType.MIDI_EVENT, parser:buffer_size (), parser:midi_buffer ()) then error ("write_immediate_event") end
  end
end
sleep (${seconds})
say ("peak", math.max (-200, shared.session:master_out ():peak_meter ():meter_level (0, ARDOUR.MeterType.MeterMaxPeak)))
track, parser = nil, nil`;
}

export function loadSession(folder: string): string {
  return `${openBackend}
local session = load_session ("${folder}", "grym")
if not session then error ("load_session") end
shared.session = session
say ("plugins", session:route_by_name ("Bridge"):nth_plugin (0):display_name ())
${settleLatencies}`;
}

export const saveSession = `say ("saved", shared.session:save_state ("", false, false, false, false, false))`;

export function locate(frame: number): string {
  return `shared.session:request_locate (${frame}, false, ARDOUR.LocateTransportDisposition.MustStop, ARDOUR.TransportRequestSource.TRS_UI)
sleep (0.4)
say ("at", shared.session:transport_sample ())`;
}

export function rollFor(seconds: number): string {
  return `shared.session:request_roll (ARDOUR.TransportRequestSource.TRS_UI)
sleep (${seconds})
say ("rolling", shared.session:transport_rolling (), "at", shared.session:transport_sample ())`;
}

export const stopTransport = `shared.session:request_stop (false, false, ARDOUR.TransportRequestSource.TRS_UI)
sleep (0.4)
say ("rolling", shared.session:transport_rolling ())`;

/** Renders the master bus from \`first\` to \`last\` into FOLDER/NAME.wav. */
export function exportRange(folder: string, name: string, first: number, last: number): string {
  return `local export = shared.session:simple_export ()
export:set_name ("${name}")
export:set_folder ("${folder}/")
export:set_range (${first}, ${last})
export:set_preset ("${SESSION_RATE_PRESET}")
say ("export", export:run_export ())`;
}

export const pause = (seconds: number): string => `sleep (${seconds})`;
