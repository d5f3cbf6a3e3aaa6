export const number = (value: number, digits = 1): string => String(Number(value.toFixed(digits)));
export const shortHash = (hash: string): string => hash.slice(0, 12);
export const ago = (ms: number): string => {
  const seconds = Math.max(0, (Date.now() - ms) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
};

/** How long something took or takes. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 90) return `${number(seconds)} s`;
  return seconds < 5_400 ? `${number(seconds / 60)} min` : `${number(seconds / 3_600)} h`;
};

export const shortened = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters - 1)}…` : text;

/** A JSON value in as few characters as a person needs. */
export function valueText(value: unknown, characters = 60): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return shortened(/^[0-9a-f]{64}$/.test(value) ? shortHash(value) : value, characters);
  if (typeof value === 'number') return number(value, 3);
  if (Array.isArray(value) && value.every((entry) => typeof entry !== 'object')) {
    return shortened(value.map((entry) => valueText(entry)).join(', '), characters);
  }
  return shortened(JSON.stringify(value) ?? '-', characters);
}
