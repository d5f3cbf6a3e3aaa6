// Brings the folder to the state that running (or testing) needs, doing only what is missing.
import { existsSync } from 'node:fs';
import { endChildren } from './commands.mjs';
import { lockFile } from './lock.mjs';
import { runtimePackages, testPackages } from './packages.mjs';
import { parts } from './parts.mjs';
import { describeEstimate, Progress } from './progress.mjs';
import { EXIT, inProject, SetupError, stampFolder } from './project.mjs';
import { digest, Stamps } from './stamps.mjs';
import { authorise, installPackages, isDebianLike, missingPackages, notDebianMessage, packageDatabaseFacts } from './system-packages.mjs';

const PACKAGES_PRESENT = 'present';

const packagesFor = (tests) => (tests ? [...runtimePackages, ...testPackages] : runtimePackages);
const packagesStampName = (tests) => (tests ? 'system-packages-test' : 'system-packages');

function packagesStamp(tests) {
  return digest('.', [], { names: packagesFor(tests).map(({ name }) => name), ...packageDatabaseFacts() });
}

/** Packages of the list that are not installed. Asks dpkg only where its database has changed since the last full answer. */
function packagesToInstall(stamps, tests) {
  if (process.env.GRYM_SYSTEM_PACKAGES === PACKAGES_PRESENT) return [];
  if (stamps.isCurrent(packagesStampName(tests), packagesStamp(tests), [])) return [];
  const wanted = packagesFor(tests);
  if (!isDebianLike()) throw new SetupError(notDebianMessage(wanted), EXIT.needsRoot);
  const missing = missingPackages(wanted);
  if (missing.length === 0) stamps.finish(packagesStampName(tests), packagesStamp(tests));
  return missing;
}

function partsToBuild(stamps, tests) {
  const chosen = new Set();
  for (const part of parts) {
    if (part.onlyForTests && !tests) continue;
    const stale = !stamps.isCurrent(part.name, part.stamp(), part.outputs);
    if (stale || part.after?.some((name) => chosen.has(name))) chosen.add(part.name);
  }
  return parts.filter(({ name }) => chosen.has(name));
}

/**
 * What is missing now; cheap when nothing is. `only` names the parts to look at, and leaves the system packages out.
 * @param {{ tests?: boolean, only?: string[], folder?: string }} wish
 */
export function makePlan({ tests = false, only, folder = stampFolder } = {}) {
  const stamps = new Stamps(folder);
  if (only) return { stamps, tests, packages: [], parts: partsToBuild(stamps, true).filter(({ name }) => only.includes(name)) };
  return { stamps, tests, packages: packagesToInstall(stamps, tests), parts: partsToBuild(stamps, tests) };
}

export const isEmpty = (plan) => plan.packages.length + plan.parts.length === 0;

const APT_BASE_SECONDS = 10;
const APT_MEGABYTES_PER_SECOND = 15;
const sumOf = (list, key) => list.reduce((sum, entry) => sum + entry[key], 0);

function stagesOf({ packages, parts: chosen }) {
  const stages = chosen.map(({ title, estimateSeconds }) => ({ title, estimateSeconds }));
  if (packages.length === 0) return stages;
  const estimateSeconds = APT_BASE_SECONDS + sumOf(packages, 'megabytes') / APT_MEGABYTES_PER_SECOND;
  return [{ title: `${packages.length} system packages`, estimateSeconds }, ...stages];
}

/** What will be installed, why, how much disk it takes and about how long it lasts; one line each. */
export function describePlan(plan) {
  const megabytes = sumOf(plan.packages, 'megabytes') + sumOf(plan.parts, 'megabytes');
  const entries = [
    ...plan.packages.map(({ name, why }) => [`Debian package ${name}`, why]),
    ...plan.parts.map(({ title, why }) => [title, why]),
  ];
  const width = Math.max(...entries.map(([title]) => title.length));
  const time = describeEstimate(sumOf(stagesOf(plan), 'estimateSeconds'));
  return [
    `Setting up grym-synth${plan.tests ? ' and its tests' : ''}: ${time}, at most ${megabytes} MB of disk. What is missing, and why:`,
    ...entries.map(([title, why]) => `  ${title.padEnd(width)}  ${why}`),
  ];
}

async function installMissingPackages(plan, progress, who) {
  const names = plan.packages.map(({ name }) => name);
  await progress.run(() => installPackages(who, names, { warn: (line) => progress.say(line) }));
  plan.stamps.finish(packagesStampName(plan.tests), packagesStamp(plan.tests));
}

const missingOutput = (part) => part.outputs.find((output) => !existsSync(output));

async function buildPart(part, { stamps }, progress, lock, { aside }) {
  const interrupted = stamps.wasInterrupted(part.name);
  // Taken before the build: a source that is edited meanwhile makes the part stale again, not falsely current.
  const stamp = part.stamp();
  stamps.begin(part.name);
  try {
    await progress.run(
      async () => {
        await part.build({ lock, interrupted });
        // Somebody deleted an output that the build tree still counts as made: begin from nothing.
        if (missingOutput(part)) await part.build({ lock, interrupted: true });
        if (missingOutput(part)) throw new SetupError(`“${part.title}” ended without complaint, but ${missingOutput(part)} is not there.`);
      },
      { aside },
    );
  } catch (error) {
    stamps.abandon(part.name);
    throw error;
  }
  stamps.finish(part.name, stamp);
}

/** One part after the other; one that keeps a single core busy runs beside those that come after it. */
async function buildParts(plan, progress, lock) {
  const aside = [];
  try {
    for (const part of plan.parts) {
      const built = buildPart(part, plan, progress, lock, { aside: part.aside === true });
      if (part.aside)
        aside.push(
          built.then(
            () => null,
            (error) => ({ error }),
          ),
        );
      else await built;
    }
  } finally {
    // The lock must not be given back while anything still builds.
    await Promise.all(aside);
  }
  const failure = (await Promise.all(aside)).find((end) => end !== null);
  if (failure) throw failure.error;
}

function endOnSignals() {
  const onSignal = (signal) => {
    endChildren(signal);
    process.stderr.write('\nInterrupted. Run the same command again: it goes on where this one stopped.\n');
    process.exit(EXIT.interrupted);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  return () => signals.forEach((signal) => process.off(signal, onSignal));
}

/** Does what is missing; returns at once where nothing is. Throws SetupError. Takes what `makePlan` takes. */
export async function ensureSetUp(wish = {}) {
  if (isEmpty(makePlan(wish))) return;
  const stopListening = endOnSignals();
  const lock = await lockFile(inProject('build', 'setup.lock'), () =>
    process.stderr.write('Another set-up of this folder is running; waiting for it.\n'),
  );
  try {
    // The one that held the lock may have done it all.
    const plan = makePlan(wish);
    if (isEmpty(plan)) return;
    const progress = new Progress(stagesOf(plan));
    for (const line of describePlan(plan)) progress.say(line);
    if (plan.packages.length > 0) await installMissingPackages(plan, progress, authorise(plan.packages.map(({ name }) => name)));
    await buildParts(plan, progress, lock);
  } finally {
    lock.release();
    stopListening();
  }
}

/** For the scripts' top level: runs `work`, and turns a SetupError into its sentence and exit code. */
export async function reportingProblems(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
