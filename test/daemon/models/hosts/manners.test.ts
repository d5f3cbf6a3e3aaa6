import { endHosts, startHosts, testCall, testModel } from './support/test-hosts.js';

afterEach(endHosts);

test('all threads of a host have a low priority, and the kernel takes it first where memory runs out', async () => {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = '--max-old-space-size=4000';
  try {
    const { hosts } = startHosts();
    const { result } = await hosts.call(testModel(), testCall('manners'));
    const { priorities, ...others } = result as { priorities: number[] };
    expect(others).toEqual({ oomScore: 600, nodeOptions: null });
    expect(priorities.length).toBeGreaterThan(4);
    expect(new Set(priorities)).toEqual(new Set([10]));
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
});
