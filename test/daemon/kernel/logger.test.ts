import { createLogger, GrymError, type LogFormat, type LogLevel } from '../../../daemon/kernel/index.js';

function logged(level: LogLevel, format: LogFormat): { lines: string[]; logger: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, format, write: (line) => lines.push(line), nowMs: () => 0 }) };
}

test('JSON: one object on one line, with the fields of its parents, errors with code and stack', () => {
  const { lines, logger } = logged('info', 'json');
  logger.child({ runId: 'r1' }).warn('two\nlines', { error: new GrymError('GRYM_BUSY', { waiting: 3 }), big: 5n });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'two\nlines',
    runId: 'r1',
    big: '5',
    error: { code: 'GRYM_BUSY', kind: 'resource', stack: expect.stringContaining('logger.test') as string },
  });
});

test('plain: for a person', () => {
  const { lines, logger } = logged('info', 'plain');
  logger.info('Run ended', { runId: 'r1', clips: ['a'], error: new Error('no') });
  expect(lines).toEqual(['00:00:00.000 info  Run ended runId=r1 clips=["a"] error=no']);
});

test.each([
  ['debug', 4],
  ['warn', 2],
  ['silent', 0],
] as const)('level %s lets %i of 4 through', (level, count) => {
  const { lines, logger } = logged(level, 'json');
  for (const name of ['debug', 'info', 'warn', 'error'] as const) logger[name]('x');
  expect(lines).toHaveLength(count);
});

test('a field that contains itself is no obstacle', () => {
  const { lines, logger } = logged('info', 'json');
  const field: Record<string, unknown> = {};
  field['self'] = field;
  logger.info('x', { field });
  expect(lines[0]).toContain('[again]');
});
