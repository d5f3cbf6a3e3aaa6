/** Words that users and workflows give to clips. Not derivable from the files, so part of what a backup has to hold. */
export const TAGS_SCHEMA = `
  CREATE TABLE clip_tags (
    hash TEXT NOT NULL REFERENCES clips (hash) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (hash, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX clip_tags_by_tag ON clip_tags (tag);
`;
