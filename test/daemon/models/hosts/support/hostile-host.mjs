// Stands in for host-process.js and does not keep to the rules: what it says when it is asked to run a task is in the task's parameters.
import { setTimeout as wait } from 'node:timers/promises';

process.on('message', async (order) => {
  if (order.type === 'load') process.send({ type: 'loaded' });
  if (order.type !== 'run') return;
  for (const report of order.params.reports) {
    process.send(typeof report === 'object' && report !== null && report.id === 'mine' ? { ...report, id: order.id } : report);
    await wait(1);
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ type: 'ready' });
