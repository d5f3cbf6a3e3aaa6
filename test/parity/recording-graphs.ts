import type { OpenGraphSession } from '../../daemon/models/graphs/graph-session.js';
import type { Tensors } from '../../daemon/models/hosts/tensor.js';

/** What the graphs of a model have answered, by the path of their file. */
export class GraphRecord {
  private readonly answers = new Map<string, Tensors[]>();

  /** Wraps the way graphs are opened, so that their answers are kept. Sessions behave as they do without it. */
  opener(open: OpenGraphSession): OpenGraphSession {
    return async (file, options) => {
      const session = await open(file, options);
      const answers: Tensors[] = [];
      this.answers.set(file, answers);
      return {
        ...{ inputNames: session.inputNames, outputNames: session.outputNames, release: () => session.release() },
        run: async (feeds) => {
          const outputs = await session.run(feeds);
          answers.push(outputs);
          return outputs;
        },
      };
    };
  }

  /** All since the last call, oldest first, of the graph whose file's path ends so. */
  take(ending: string): Tensors[] {
    const [, answers] = [...this.answers].find(([file]) => file.endsWith(ending)) ?? [];
    return answers?.splice(0) ?? [];
  }
}
