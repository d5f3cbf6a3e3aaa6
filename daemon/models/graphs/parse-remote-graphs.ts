import { GrymError } from '../../kernel/index.js';
import { isGraphAddress } from './open-inference-address.js';

const ENTRY = /^([a-z0-9][a-z0-9._-]*)\/([a-z0-9_]+)\s*=\s*(\S+)$/i;

/** Addresses of remote graphs by the graph's name, by the id of the model: what `RunnerSettings.remoteGraphs` holds for each. */
export type RemoteGraphs = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Reads the setting `remoteGraphs`: `model/graph=address`, separated by commas. Throws GRYM_CONFIGURATION_INVALID with one sentence for each mistake.
 */
export function parseRemoteGraphs(setting: string): RemoteGraphs {
  const graphs = new Map<string, Record<string, string>>();
  const problems: string[] = [];
  const entries = setting.split(',').map((entry) => entry.trim());
  for (const entry of entries.filter((text) => text !== '')) {
    const [, model, graph, address] = ENTRY.exec(entry) ?? [];
    if (model === undefined || graph === undefined || address === undefined) {
      problems.push(`remoteGraphs: expected model/graph=address, got "${entry}".`);
    } else if (!isGraphAddress(address)) {
      problems.push(`remoteGraphs: ${model}/${graph}: expected an address such as http://gpu:8000/v2/models/${graph}, got "${address}".`);
    } else if (Object.hasOwn(graphs.get(model) ?? {}, graph)) {
      problems.push(`remoteGraphs: ${model}/${graph} has more than one address.`);
    } else {
      graphs.set(model, { ...graphs.get(model), [graph]: address });
    }
  }
  if (problems.length > 0) throw new GrymError('GRYM_CONFIGURATION_INVALID', { problems: problems.join(' ') });
  return graphs;
}
