// A model host: the process in which one model is loaded and does one task at a time. Started by the daemon (host-child.ts), which talks to
// it by messages of host-messages.ts and by the shared memory of shared-arena.ts. It never outlives the daemon.
import { GrymError, messageOf } from '../../kernel/index.js';
import { giveWay } from './host-manners.js';
import { isSendable, orderSchema, toWireHostError, type HostReport, type LoadOrder, type RunOrder } from './host-messages.js';
import { HostTask } from './host-task.js';
import type { ModelRunner, RunnerReply } from './model-runner.js';
import { importRunner } from './runner-table.js';
import { HostArena } from './shared-arena.js';
import { loadSharedMemory } from './shared-memory.js';

const EXIT_ORPHAN = 3;
const EXIT_PROTOCOL = 4;
const IDLE_BEAT_MS = 250;

function send(report: HostReport, sent?: () => void): void {
  if (!process.connected) process.exit(EXIT_ORPHAN);
  process.send?.(report, undefined, {}, () => sent?.());
}

/** What breaks the rules between daemon and host: nothing that follows could be trusted. */
function breakOff(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(EXIT_PROTOCOL);
}

class Host {
  private modelId = '';
  private runner: ModelRunner | null = null;
  private task: HostTask | null = null;
  private taskId = 0;

  constructor(private readonly arena: HostArena) {
    setInterval(() => arena.beat(), IDLE_BEAT_MS).unref();
  }

  async onMessage(message: unknown): Promise<void> {
    const parsed = orderSchema.safeParse(message);
    if (!parsed.success) breakOff(`The daemon's message could not be taken: ${parsed.error.message}`);
    const order = parsed.data;
    switch (order.type) {
      case 'load':
        return this.load(order);
      case 'run':
        return this.run(order);
      case 'cancel':
        if (order.id === this.taskId) this.task?.cancel();
    }
  }

  async dispose(): Promise<void> {
    this.task?.cancel();
    await this.runner?.dispose();
  }

  private async load(order: LoadOrder): Promise<void> {
    if (this.modelId !== '') breakOff(`The model ${order.modelId} was to be loaded beside ${this.modelId}`);
    this.modelId = order.modelId;
    const { kind, runnerModule, path, threads, remoteGraphs } = order;
    try {
      const module = await importRunner(kind, runnerModule);
      this.runner = await module.load({ path, threads, remoteGraphs });
      send({ type: 'loaded' });
    } catch (error) {
      this.log(error);
      send({ type: 'not-loaded', error: toWireHostError(error, this.modelId) });
    }
  }

  private async run(order: RunOrder): Promise<void> {
    const { runner, modelId, arena } = this;
    const { id, task, params, what } = order;
    if (runner === null || this.task !== null) breakOff(`The task ${task} came when no model was free for it`);
    const current = new HostTask({ id, modelId, what, arena, send });
    [this.task, this.taskId] = [current, id];
    try {
      const tensors = await arena.readRequest(order);
      current.throwIfCancelled();
      const reply = await runner.run(task, params, tensors, current.io);
      send({ type: 'done', id, ...(await this.placed(reply)) });
    } catch (error) {
      if (!(error instanceof GrymError)) this.log(error);
      send({ type: 'failed', id, error: toWireHostError(error, modelId) });
    } finally {
      current.end();
      this.task = null;
    }
  }

  private async placed({
    result,
    tensors,
  }: RunnerReply): Promise<Pick<Extract<HostReport, { type: 'done' }>, 'result' | 'places' | 'bytes'>> {
    if (!isSendable(result)) throw new GrymError('GRYM_MODEL_FAULT', { model: this.modelId, reason: 'its answer is too large' });
    return { result, ...(await this.arena.writeReply(tensors)) };
  }

  /** Standard error goes to the daemon's log. */
  private log(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    process.stderr.write(`${text}\n`);
  }
}

function start(): void {
  const memory = loadSharedMemory();
  if (!memory.dieWithParent(Number(process.argv[2]))) process.exit(EXIT_ORPHAN);
  process.on('disconnect', () => process.exit(EXIT_ORPHAN));
  for (const problem of giveWay()) process.stderr.write(`${problem}\n`);
  const host = new Host(HostArena.inherit(memory));
  // Ctrl-C in a terminal reaches every process of the group: the daemon decides when a host ends.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('SIGTERM', () => void host.dispose().finally(() => process.exit(0)));
  process.on('message', (message: unknown) => void host.onMessage(message));
  send({ type: 'ready' });
}

start();
