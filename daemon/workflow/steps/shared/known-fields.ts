import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../kernel/index.js';
import { barsField, clipField, keyField, optional, tempoField } from './fields.js';

/** What is known of a request beside its words, by the names that inputs of workflows have. */
export const knownFields = {
  bridge: optional(z.string().min(1).max(200).describe('Bridge that it is about')),
  slot: optional(z.int().min(0).max(15).describe('Slot that the result is for')),
  clip: optional(clipField.describe('Clip that it is about')),
  tempoBpm: optional(tempoField),
  key: optional(keyField),
  bars: optional(barsField),
  candidates: optional(z.int().min(1).max(8).describe('How many are made; the best one is taken')),
};
type Known = { readonly [name in keyof typeof knownFields]: JsonValue };

/** Those that are given. */
export function knownOf({ bridge, slot, clip, tempoBpm, key, bars, candidates }: Known): JsonObject {
  const all: Known = { bridge, slot, clip, tempoBpm, key, bars, candidates };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

export const requestField = z.string().trim().min(1).max(10_000).describe('What is wanted, in words');
/** As much as an action takes. */
export const documentField = z.string().min(1).max(200_000).describe('A workflow document (YAML), made of what a plan may use');
