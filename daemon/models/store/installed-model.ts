import type { RunnerKind } from '../hosts/model-runner.js';

export const MODEL_ROLES = ['planner', 'listener', 'embedder', 'generator', 'transcriber'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** A model whose files lie in the model folder, whole and as its manifest says. */
export interface InstalledModel {
  /** Kebab-case: name of its folder and on the command line. */
  readonly id: string;
  readonly title: string;
  readonly kind: RunnerKind;
  readonly roles: readonly ModelRole[];
  /** SPDX or name of the licence, as it was shown and accepted. */
  readonly licence: string;
  /** Folder with the files; for `llama` the GGUF file. */
  readonly path: string;
  /** What it probably takes while it is loaded. */
  readonly memoryBytes: number;
  /** Of the files' content: part of the cache's keys. */
  readonly version: string;
}

/** The models that are installed. */
export interface ModelStore {
  readonly folder: string;
  /** Sorted by id; damaged or half-copied ones are not among them. */
  list(): readonly InstalledModel[];
  /** Called when one was added or removed. Returns the way to stop listening. */
  onChange(listener: () => void): () => void;
}
