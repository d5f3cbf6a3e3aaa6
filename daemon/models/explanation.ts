import type { Rendered } from '../audio/index.js';
import type { PromptReading, Statement } from './prompt/index.js';

/** A limiter that takes less than this is not worth a word. */
const WORTH_TELLING_DB = 0.5;

function valueText(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function statementText(statement: Statement, { parameters, defaults }: Rendered, instrument: string): string {
  const changed = Object.keys(statement.moves).filter((name) => parameters[name] !== undefined && parameters[name] !== defaults[name]);
  const effects = changed.map((name) => `${name} ${valueText(defaults[name] ?? 0)} → ${valueText(parameters[name] ?? 0)}`);
  if (statement.also !== '') effects.unshift(statement.also);
  if (effects.length === 0) return `“${statement.text}” had no effect: ${instrument} has nothing that it could change.`;
  return `“${statement.text}”: ${effects.join(', ')}.`;
}

/** Plain sentences: what each word did, what was assumed, what was not understood. */
export function explain(reading: PromptReading, rendered: Rendered): string[] {
  const lines = [...reading.notes, ...reading.statements.map((statement) => statementText(statement, rendered, reading.instrument))];
  if (reading.unknownWords.length > 0) {
    const words = reading.unknownWords.map((word) => `“${word}”`).join(', ');
    lines.push(`Not understood, so without effect: ${words}.`);
  }
  if (rendered.rounded) lines.push('Peaks too short and too high for the limiter were rounded, as tape rounds them.');
  if (rendered.limitedDb >= WORTH_TELLING_DB) lines.push(`Peaks were limited by up to ${rendered.limitedDb.toFixed(1)} dB.`);
  if (reading.tonal && rendered.loudnessLufs !== null && rendered.loudnessLufs < -19) {
    lines.push(
      `It is ${(-18 - rendered.loudnessLufs).toFixed(1)} dB quieter than −18 LUFS, so that its peaks need no more than 3 dB of limiting.`,
    );
  }
  return lines;
}
