// BullMQ on a Redis server of its own with `appendonly yes` and `appendfsync always`, reached over a Unix socket.
import { FlowProducer, Queue, Worker, type FlowJob } from 'bullmq';
import type { Contender } from './contender.js';
import { RedisServer } from './redis-server.js';

const QUEUE = 'chain';

/** Jobs that depend on each other: BullMQ's flow, whose innermost child runs first. The one form in which a step awaits the one before. */
function flow(steps: number): FlowJob {
  let job: FlowJob = { name: 'step', queueName: QUEUE };
  for (let step = 1; step < steps; step += 1) job = { name: 'step', queueName: QUEUE, children: [job] };
  return job;
}

export async function openBullMq(folder: string, form: 'flow' | 'queue'): Promise<Contender> {
  const server = await RedisServer.start(folder);
  // A worker's connection waits for jobs, and must not give up a command.
  const connection = { path: server.socketPath, maxRetriesPerRequest: null };
  const producer = new FlowProducer({ connection });
  const queue = new Queue(QUEUE, { connection });
  let startedAtMs: number[] = [];
  const worker = new Worker(
    QUEUE,
    async () => {
      startedAtMs.push(performance.now());
    },
    { connection, concurrency: 1 },
  );
  await worker.waitUntilReady();

  const add = async (steps: number): Promise<void> => {
    if (form === 'flow') await producer.add(flow(steps));
    // Not a chain: the jobs do not know of each other, the one worker takes them in order. It is the least that BullMQ can do for a job.
    else await queue.addBulk(Array.from({ length: steps }, () => ({ name: 'step', data: {} })));
  };
  const completed = (steps: number): Promise<void> =>
    new Promise((resolve) => {
      let count = 0;
      const onCompleted = (): void => {
        count += 1;
        if (count < steps) return;
        worker.off('completed', onCompleted);
        resolve();
      };
      worker.on('completed', onCompleted);
    });

  return {
    async round(steps) {
      startedAtMs = [];
      const begun = performance.now();
      await Promise.all([completed(steps), add(steps)]);
      const wholeMs = performance.now() - begun;
      await queue.obliterate({ force: true });
      return { startedAtMs, wholeMs };
    },
    async close() {
      await worker.close();
      await producer.close();
      await queue.close();
      await server.stop();
    },
  };
}
