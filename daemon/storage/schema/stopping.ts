/** How a run is to end, how parameters came about, and what was asked for too slowly. */
export const STOPPING_SCHEMA = `
  -- How the run is to end, where it was stopped while steps of it were carried out.
  ALTER TABLE runs ADD COLUMN stopping TEXT;
  -- What the workflow takes at most; the first release accepted more, and such a run could not be taken up again.
  UPDATE runs SET inputs = json_set(inputs, '$.sampleRate', 192000) WHERE definition_hash IS NULL AND inputs ->> '$.sampleRate' > 192000;

  -- For the times of the latest of each kind.
  DROP INDEX activations_by_step;
  CREATE INDEX activations_by_step ON activations (step, sequence, milliseconds) WHERE milliseconds IS NOT NULL;

  -- How the step's parameters came about, as its start recorded it; NULL where that is not said.
  ALTER TABLE context_journal ADD COLUMN trace TEXT;
  -- Asked for at each end of a run, and nearly always empty.
  CREATE INDEX context_journal_forgotten ON context_journal (sequence) WHERE kind = 'forget';
`;
