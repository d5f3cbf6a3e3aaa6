// Layers of the daemon: an import goes only from a later entry to an earlier one. `npm run check` (or `npx depcruise`) enforces it.
const LAYERS = [
  ['protocol', 'the contract between processes: message schemas, codecs'],
  ['daemon/kernel', 'what every part needs: errors, clock, ids, cancellation, logger, lifecycle'],
  ['daemon/storage', 'databases and files: journal, documents, blobs'],
  ['daemon/audio', 'clips, musical time, WAV, and the facade over the native audio path'],
  ['daemon/recovery', 'retry policies, circuit breakers, supervision'],
  ['daemon/resources', 'budgets, leases, pools'],
  ['daemon/monitoring', 'metrics, events, traces'],
  ['daemon/models', 'roles, providers and the processes they run in'],
  ['daemon/context', 'the audio context of a run'],
  ['daemon/patterns', 'memory and learning'],
  ['daemon/workflow', 'steps, runs, scheduler'],
  ['daemon/actions', 'the operations a user can ask for'],
  ['daemon/surfaces', 'ways to ask: bridge, HTTP, command line and so on'],
];

// Packages that belong to one folder, and what to do where one is needed elsewhere.
const PACKAGE_HOMES = [
  [
    'daemon/surfaces',
    ['ws', 'osc', 'easymidi', 'fastify', 'commander'],
    'a transport: put the code into daemon/surfaces and let the domain publish an event or declare a port',
  ],
  ['daemon/storage', ['better-sqlite3', 'lowdb'], 'a database driver: add a store with a port named for the need to daemon/storage'],
  [
    'daemon/models',
    ['onnxruntime-node', 'node-llama-cpp', '@huggingface/transformers'],
    'an inference engine: add a provider to daemon/models',
  ],
  ['daemon/workflow/queue', ['bullmq', 'ioredis'], 'a queue driver: add an adapter to daemon/workflow/queue'],
];

const inside = (folder) => `^${folder}/`;

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const layerRules = LAYERS.slice(0, -1).map(([folder, owns], index) => ({
  name: `layer-${folder.replace('daemon/', '')}`,
  severity: 'error',
  comment:
    `${folder} (${owns}) may not import from a layer above it. Move the code down to the layer that owns it, ` +
    'declare a port here that the layer above fulfils, or publish an event that it listens to.',
  from: { path: inside(folder) },
  to: { path: [...LAYERS.slice(index + 1).map(([above]) => inside(above)), '^daemon/main\\.ts$'] },
}));

const doorRules = LAYERS.map(([folder]) => ({
  name: `door-${folder.replace('daemon/', '')}`,
  severity: 'error',
  comment: `${folder}/index.ts is the only door of this folder: import what it exports, or export there what others need.`,
  from: { path: ['^daemon/', '^protocol/'], pathNot: inside(folder) },
  to: { path: inside(folder), pathNot: [`^${folder}/index\\.ts$`, '^daemon/surfaces/[^/]+/index\\.ts$'] },
}));

const packageRules = PACKAGE_HOMES.map(([home, packages, advice]) => ({
  name: `package-home-${home.replace('daemon/', '').replaceAll('/', '-')}`,
  severity: 'error',
  comment: `Only ${home} may use this package; it is ${advice}.`,
  from: { path: '^(daemon|protocol)/', pathNot: inside(home) },
  to: { path: packages.flatMap((name) => [`node_modules/${name}/`, `node_modules/@types/${name}/`, `^${name}$`]) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    ...doorRules,
    ...packageRules,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'These files import each other in a circle. Move what they share into a third file.',
      from: { path: '^(daemon|protocol)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'production-imports-tests',
      severity: 'error',
      comment: 'Production code may not import from test/ or scripts/; doubles live in test/ only.',
      from: { path: '^(daemon|protocol)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'main-is-the-root',
      severity: 'error',
      comment:
        'daemon/main.ts is the composition root: it imports, nothing imports it. Export what is needed from the folder that owns it.',
      from: { path: '^(daemon|protocol)/', pathNot: '^daemon/main\\.ts$' },
      to: { path: '^daemon/main\\.ts$' },
    },
    {
      name: 'development-package',
      severity: 'error',
      comment: 'Production code needs a package that is only in devDependencies: install it as a dependency.',
      // The generator runs when the protocol is changed, never in the daemon.
      from: { path: '^(daemon|protocol)/', pathNot: '^protocol/generator/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'unresolvable',
      severity: 'error',
      comment: 'This import leads nowhere: correct the path (it ends in .js) or install the package.',
      from: { path: '^(daemon|protocol)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
