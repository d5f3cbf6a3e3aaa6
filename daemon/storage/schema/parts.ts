/** Runs that are parts of other runs. */
export const PARTS_SCHEMA = `
  -- The run that a step of another run carries out: id of that run, and path of the step; NULL where somebody asked for it.
  ALTER TABLE runs ADD COLUMN part_of TEXT;
  ALTER TABLE runs ADD COLUMN part_path TEXT;
  -- However often the step is started, it has one such run.
  CREATE UNIQUE INDEX runs_by_whole ON runs (part_of, part_path) WHERE part_of IS NOT NULL;
`;
