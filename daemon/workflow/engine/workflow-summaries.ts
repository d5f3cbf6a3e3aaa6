import type { CapabilityRegistry } from '../catalogue/index.js';
import { neededCapabilities, type LibraryEntry, type WorkflowLibrary } from '../definition/index.js';
import type { WorkflowSummary } from '../types.js';
import { mistakesText } from './acceptance.js';

function problemOf({ compiled, mistakes }: LibraryEntry, capabilities: CapabilityRegistry): string | null {
  if (compiled === null) return `It has mistakes:${mistakesText(mistakes)}`;
  const missing = neededCapabilities(compiled, {}).find(
    ({ capability, whenUnavailable }) => whenUnavailable === 'refuse' && capabilities.providers(capability).length === 0,
  );
  if (missing === undefined) return null;
  return `Nothing provides ${missing.capability} now; it would be provided by ${capabilities.missing(missing.capability)}.`;
}

/** The library for lists and forms: what there is, and why it cannot be run where it cannot. */
export function workflowSummaries(library: WorkflowLibrary, capabilities: CapabilityRegistry): WorkflowSummary[] {
  return library.entries.map((entry) => {
    const { name, title, help, origin, fileName, inputs } = entry;
    return { name, title, help, origin, fileName, inputs, problem: problemOf(entry, capabilities) };
  });
}
