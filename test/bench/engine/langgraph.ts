// LangGraph.js with its SQLite checkpointer, durability `sync`: "changes are persisted synchronously before the next step starts".
//
// The checkpointer opens its database with SQLite's default for WAL that better-sqlite3 compiles in, synchronous=NORMAL, which does not
// wait for the disk at a commit. The same guarantee as ours (a committed step survives a loss of power) needs FULL, so FULL is set here.
import { join } from 'node:path';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import SqliteDatabase from 'better-sqlite3';
import type { Contender } from './contender.js';

const State = Annotation.Root({ count: Annotation<number> });
type Update = typeof State.Update;

/** The chain as a user would write it: a node for each step, an edge from each to the next. */
function chain(steps: number, body: (state: typeof State.State) => Update) {
  const graph = new StateGraph(State) as StateGraph<typeof State.spec, typeof State.State, Update, string>;
  for (let step = 0; step < steps; step += 1) graph.addNode(`step-${step}`, body);
  graph.addEdge(START, 'step-0');
  for (let step = 1; step < steps; step += 1) graph.addEdge(`step-${step - 1}`, `step-${step}`);
  return graph.addEdge(`step-${steps - 1}`, END);
}

/** The cheapest form there is in LangGraph: one node that follows itself, so that its checkpoints stay small. */
function loop(steps: number, body: (state: typeof State.State) => Update) {
  return new StateGraph(State)
    .addNode('step', body)
    .addEdge(START, 'step')
    .addConditionalEdges('step', ({ count }) => (count < steps ? 'step' : END));
}

export async function openLangGraph(folder: string, form: 'chain' | 'loop'): Promise<Contender> {
  const database = new SqliteDatabase(join(folder, 'langgraph.sqlite'));
  const checkpointer = new SqliteSaver(database);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  let startedAtMs: number[] = [];
  const body = ({ count }: typeof State.State): Update => {
    startedAtMs.push(performance.now());
    return { count: count + 1 };
  };
  const compiled = new Map<number, ReturnType<ReturnType<typeof loop>['compile']>>();
  const graphOf = (steps: number): ReturnType<ReturnType<typeof loop>['compile']> => {
    const known = compiled.get(steps);
    if (known !== undefined) return known;
    const made = (form === 'chain' ? chain(steps, body) : loop(steps, body)).compile({ checkpointer }) as ReturnType<
      ReturnType<typeof loop>['compile']
    >;
    compiled.set(steps, made);
    return made;
  };
  let thread = 0;
  return {
    async round(steps) {
      const graph = graphOf(steps);
      startedAtMs = [];
      thread += 1;
      const begun = performance.now();
      const { count } = await graph.invoke(
        { count: 0 },
        { configurable: { thread_id: String(thread) }, durability: 'sync', recursionLimit: steps + 1 },
      );
      if (count !== steps) throw new Error(`LangGraph ran ${count} of ${steps} steps`);
      return { startedAtMs, wholeMs: performance.now() - begun };
    },
    close: () => {
      database.close();
    },
  };
}
