import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from '../../../../daemon/surfaces/bridge/index.js';
import { createLogger, loadConfiguration, type Configuration } from '../../../../daemon/kernel/index.js';
import { startDaemon } from '../../../../daemon/main.js';
import type { RunningDaemon } from '../../../../daemon/surfaces/start/index.js';
import { FakeAudioPath } from './fake-audio-path.js';
import { FakeGenerator } from './fake-generator.js';

export interface DaemonUnderTest extends RunningDaemon {
  readonly configuration: Configuration;
  readonly environment: Record<string, string>;
  readonly audioPath: FakeAudioPath;
  readonly generator: FakeGenerator;
  readonly folder: string;
  /** Of the user's own workflows; need not be there. */
  readonly workflowFolder: string;
  readonly logLines: string[];
  /** Stops the daemon and starts another one on the same folders. */
  restart(): Promise<DaemonUnderTest>;
  /** Stops the daemon and removes its folders. */
  end(): Promise<void>;
}

export function temporaryEnvironment(): { folder: string; environment: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'grym-test-'));
  const environment = {
    HOME: folder,
    GRYM_DATA_DIR: join(folder, 'data'),
    GRYM_RUNTIME_DIR: join(folder, 'run'),
    GRYM_PORT: '0',
    GRYM_WORKFLOW_DIR: join(folder, 'workflows'),
  };
  return { folder, environment };
}

/** A whole daemon in this process, on a free port, with its own folders; only generator and shared memory are fakes. */
export async function startTestDaemon(limits: Partial<SessionLimits> = {}, place = temporaryEnvironment()): Promise<DaemonUnderTest> {
  const { folder, environment } = place;
  const configuration = loadConfiguration({ environment, flags: { slotDeadlineSeconds: 2 } });
  const audioPath = new FakeAudioPath();
  const generator = new FakeGenerator();
  const logLines: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => logLines.push(line) });
  const daemon = await startDaemon(configuration, logger, {
    openAudioPath: () => audioPath,
    createGenerator: async () => generator,
    sessionLimits: { ...DEFAULT_SESSION_LIMITS, ...limits },
  });
  const end = async (): Promise<void> => {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const restart = async (): Promise<DaemonUnderTest> => {
    await daemon.stop();
    return startTestDaemon(limits, place);
  };
  const workflowFolder = join(folder, 'workflows');
  return { ...daemon, configuration, environment, audioPath, generator, folder, workflowFolder, logLines, restart, end };
}
