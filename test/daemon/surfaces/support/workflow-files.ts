import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grym, type CommandOutcome } from './callers.js';
import type { DaemonUnderTest } from './daemon-under-test.js';

/** Makes several clips, asks which one, and brings that one to a loudness. */
export const CHOOSE = `workflow: choose-one
version: 1
title: Choose one
help: Makes several clips and lets you choose
inputs:
  prompt: { type: text, minimum: 1, help: What to make }
  count: { type: integer, default: 2, minimum: 1, maximum: 8, help: How many }
  loudness: { type: number, default: -18, minimum: -40, maximum: -6, help: Loudness in LUFS }
steps:
  - id: candidates
    parallel: { times: '\${ inputs.count }', as: candidate, atMost: 8, atLeast: 1 }
    steps:
      - id: make
        use: generate
        with: { prompt: '\${ inputs.prompt }', seed: '\${ run.seed + candidate.index }', bars: 1 }
    output: '\${ steps.make.clip }'
  - id: choose
    use: audition
    with: { clips: '\${ steps.candidates }', question: Which one? }
  - id: level
    use: fit
    when: '\${ steps.choose.clip != null }'
    with: { clip: '\${ steps.choose.clip }', loudnessLufs: '\${ inputs.loudness }' }
outputs:
  clip: '\${ steps.level.clip }'
`;

/** Takes a file into the library: fails where there is none. */
export const TAKE_FILE = `workflow: take-file
version: 1
title: Take a file
help: Takes an audio file into the library
inputs:
  path: { type: text, minimum: 1, help: Full path of the file }
steps:
  - id: make
    use: generate
    with: { prompt: bass, bars: 1, seed: 7 }
  - id: take
    use: import
    with: { path: '\${ inputs.path }' }
outputs:
  clip: '\${ steps.take.clip }'
`;

export function addWorkflows(daemon: DaemonUnderTest, workflows: Readonly<Record<string, string>>): Promise<CommandOutcome> {
  mkdirSync(daemon.workflowFolder, { recursive: true });
  for (const [name, text] of Object.entries(workflows)) writeFileSync(join(daemon.workflowFolder, `${name}.yaml`), text);
  return grym(daemon.environment, ['list-workflows', '--reload']);
}
