import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundlesFor, installBundle, uninstallBundle } from '../../scripts/setup/plugin-bundles.mjs';

describe('installing the plugin', () => {
  let home: string;
  let built: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const bundles = () => bundlesFor(home, built);
  const installAll = (options = {}) => bundles().map((bundle) => installBundle(bundle, options));

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'grym-home-'));
    built = mkdtempSync(join(tmpdir(), 'grym-built-'));
    write(join(built, 'lv2/grym-bridge.lv2/manifest.ttl'), 'ttl');
    write(join(built, 'vst3/grym-bridge.vst3/Contents/x86_64-linux/grym-bridge.so'), 'effect');
    write(join(built, 'vst3/grym-bridge-instrument.vst3/Contents/x86_64-linux/grym-bridge-instrument.so'), 'instrument');
    write(join(built, 'clap/grym-bridge.clap'), 'clap');
  });
  afterEach(() => [home, built].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it("puts each bundle where the user's hosts look, and leaves nothing else there", () => {
    expect(installAll()).toEqual(['installed', 'installed', 'installed', 'installed']);
    expect(readFileSync(join(home, '.lv2/grym-bridge.lv2/manifest.ttl'), 'utf8')).toBe('ttl');
    expect(readdirSync(join(home, '.vst3')).sort()).toEqual(['grym-bridge-instrument.vst3', 'grym-bridge.vst3']);
    expect(readdirSync(join(home, '.clap'))).toEqual(['grym-bridge.clap']);
    expect(installAll()).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  });

  it('replaces an older version whole, and a link by a copy, without touching what the link leads to', () => {
    write(join(home, '.lv2/grym-bridge.lv2/removed-since.ttl'), 'old');
    const elsewhere = join(built, 'elsewhere.clap');
    write(elsewhere, 'mine');
    mkdirSync(join(home, '.clap'));
    symlinkSync(elsewhere, join(home, '.clap/grym-bridge.clap'));
    expect(installAll()).toEqual(['updated', 'installed', 'installed', 'updated']);
    expect(readdirSync(join(home, '.lv2/grym-bridge.lv2'))).toEqual(['manifest.ttl']);
    expect(readdirSync(join(home, '.lv2'))).toEqual(['grym-bridge.lv2']);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
  });

  it('removes its own bundles and nothing else', () => {
    installAll();
    write(join(home, '.clap/other.clap'), 'other');
    expect(bundles().map((bundle) => uninstallBundle(bundle))).toEqual(['removed', 'removed', 'removed', 'removed']);
    expect(bundles().map((bundle) => uninstallBundle(bundle))).toEqual(['absent', 'absent', 'absent', 'absent']);
    expect(readdirSync(join(home, '.clap'))).toEqual(['other.clap']);
  });

  it('changes nothing in a dry run', () => {
    expect(installAll({ dryRun: true })).toEqual(['installed', 'installed', 'installed', 'installed']);
    expect(existsSync(join(home, '.lv2'))).toBe(false);
  });

  it('names what is not built and what cannot be written', () => {
    rmSync(join(built, 'clap'), { recursive: true });
    expect(() => installAll()).toThrow(/grym-bridge\.clap is not built: run npm run build/);
    write(join(home, '.vst3-blocked'), '');
    const [bundle] = bundles();
    expect(() => installBundle({ ...bundle!, destination: join(home, '.vst3-blocked', 'x.lv2') })).toThrow(/x\.lv2 could not be written/);
  });
});
