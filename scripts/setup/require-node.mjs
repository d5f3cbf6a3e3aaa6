// Imported first and alone, in plain old syntax, so that an old Node says this sentence instead of a syntax error.
export const SUPPORTED_NODE = 'Node 20 (from 20.19), 22 (from 22.13) or 24';

/** The sentence for a Node that grym-synth does not run on, or null. */
export function nodeProblem(version, execPath) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major === 24) return null;
  return (
    'grym-synth needs ' +
    SUPPORTED_NODE +
    '; this is Node ' +
    version +
    ' (' +
    execPath +
    '). Install one of those and run the command again.'
  );
}

const problem = nodeProblem(process.versions.node, process.execPath);
if (problem) {
  console.error(problem);
  process.exit(1);
}
