import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface ReadyFacts {
  readonly version: string;
  readonly port: number;
  readonly clipFolder: string;
  readonly clipCount: number;
  readonly packageRoot: string;
  readonly startMilliseconds: number;
}

/** What a person needs to know once the daemon is ready. */
export function readyText(facts: ReadyFacts): string {
  const { version, port, clipFolder, clipCount, startMilliseconds } = facts;
  const clips = clipCount === 1 ? '1 clip' : `${clipCount} clips`;
  return `grym-synth ${version} is ready on 127.0.0.1:${port} (${(startMilliseconds / 1000).toFixed(2)} s). Library: ${clips} in ${clipFolder}\n`;
}

/** Where the plugin is and how it gets into the host. */
export function pluginText(packageRoot: string): string {
  const folders = ['lv2', 'vst3', 'clap']
    .map((format) => join(packageRoot, 'build', 'plugins', format))
    .filter((folder) => existsSync(folder));
  if (folders.length === 0) return 'The bridge plugin is not built yet: npm run build, then npm run install-plugin.\n';
  return `Bridge plugin: ${folders.join('  ')}\nInstall it into your LV2, VST3 and CLAP folders: npm run install-plugin\n`;
}

export function nextStepsText(hasPrompt: boolean): string {
  const first = hasPrompt ? 'Make another clip' : 'Make a clip';
  return `
What next:
  ${first}:        npx grym generate "dark analog bass loop, 120 bpm, 2 bars, A minor"
  Put the bridge plugin GrymBridge on a track of your DAW; it connects by itself, and clips go to its slots.
  Launch slot 0 on the next bar:  npx grym launch 0   or MIDI note 36 on the plugin's track
  Keep or throw away:             npx grym keep <clip>   npx grym reject <clip>
Ctrl-C stops the daemon; clips that are loaded in the host play on.
`;
}
