// The files that take longest begin first, so that none of them is still running alone at the end. Jest remembers durations by itself,
// but not on a machine where nothing has run yet: there it goes by size, and some of the longest files are short.
const { default: Sequencer } = require('@jest/test-sequencer');

/** Longest first, as measured on two cores. A name that is wrong here costs time, nothing else. */
const LONGEST = [
  'dsp/words.test.ts',
  'workflow/kill-failpoints.test.ts',
  'dsp/clips.test.ts',
  'workflow/kill-random.test.ts',
  'context/kill.test.ts',
  'surfaces/bridge-sessions.test.ts',
  'steps/rank.test.ts',
  'steps/fit.test.ts',
  'execution/end-to-end-recovery.test.ts',
  'execution/recovery-rows.test.ts',
  'setup/readme.test.ts',
  'storage/document-kill.test.ts',
  'surfaces/installed-models.test.ts',
  'exporter/exported-models.test.ts',
  'steps/built-in-workflows.test.ts',
  'dsp/workshop-rhythm.test.ts',
  'dsp/workshop-tonality.test.ts',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
  return rank < 0 ? LONGEST.length : rank;
};

class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rankOf(a) - rankOf(b));
  }
}

module.exports = LongestFirst;
