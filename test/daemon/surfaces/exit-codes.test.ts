import { ERROR_CATALOGUE, GrymError } from '../../../daemon/kernel/index.js';
import { EXIT_CODES, exitCodeOf } from '../../../daemon/surfaces/cli/index.js';

const wire = { kind: 'invalid-input', message: '', remedy: '' } as const;

test.each(Object.keys(ERROR_CATALOGUE).filter((code) => code.startsWith('GRYM_PROMPT_')))('%s is wrong usage', (code) => {
  expect(exitCodeOf({ ...wire, code })).toBe(EXIT_CODES.badUsage);
});

test.each(['GRYM_MODEL_LICENCE', 'GRYM_WORKFLOW_INVALID', 'GRYM_WORKFLOW_INPUTS', 'GRYM_STEP_PARAMETERS', 'GRYM_DECISION_INVALID'])(
  '%s is wrong usage',
  (code) => {
    expect(exitCodeOf({ ...wire, code })).toBe(EXIT_CODES.badUsage);
  },
);

test.each(['GRYM_WORKFLOW_UNKNOWN', 'GRYM_STEP_UNKNOWN', 'GRYM_RUN_UNKNOWN'])(
  '%s: what is named is not there, which is a failure',
  (code) => {
    expect(exitCodeOf({ ...wire, code })).toBe(EXIT_CODES.failed);
  },
);

test('what is not the user’s words is a failure, no daemon its own status, a cancelled request as an interrupt', () => {
  expect(exitCodeOf({ ...wire, code: 'GRYM_CLIP_UNKNOWN' })).toBe(EXIT_CODES.failed);
  expect(exitCodeOf(new GrymError('GRYM_DAEMON_ABSENT', { folder: '/x' }).toWire())).toBe(EXIT_CODES.noDaemon);
  expect(exitCodeOf(new GrymError('GRYM_CANCELLED', { what: 'x' }).toWire())).toBe(EXIT_CODES.interrupted);
});
