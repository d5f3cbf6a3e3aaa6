/** Numbers in words, as producers say them: "a hundred and twenty", "one twenty-four", "ninety", "one oh five". */
const UNITS: Readonly<Record<string, number>> = {
  ...{ zero: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9 },
  ...{ eins: 1, zwei: 2, drei: 3, vier: 4, fünf: 5, sechs: 6, sieben: 7, acht: 8, neun: 9 },
};
const TEENS: Readonly<Record<string, number>> = {
  ...{ ten: 10, eleven: 11, twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19 },
  ...{ zehn: 10, elf: 11, zwölf: 12, sechzehn: 16 },
};
const TENS: Readonly<Record<string, number>> = {
  ...{ twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90 },
  ...{ zwanzig: 20, zweiunddreißig: 32 },
};

const words = (table: Readonly<Record<string, number>>): string => Object.keys(table).join('|');
const UNIT = `(?:${words(UNITS)})`;
const BELOW_HUNDRED = `(?:(?:${words(TENS)})(?:[\\s-](?!one[\\s-]?shot)${UNIT})?|${words(TEENS)})`;
/** The longest reading first. A lone "one" in "one-shot" is no number. */
const NUMBER = new RegExp(
  `\\b(?:(?<hundreds>(?:${UNIT}|a)[\\s-])?(?<hundred>hundred|hundert)(?:[\\s-](?:and[\\s-])?(?<rest>${BELOW_HUNDRED}|${UNIT}))?` +
    `|(?<spoken>${UNIT})[\\s-](?:(?<tens>${BELOW_HUNDRED})|(?:oh|o)[\\s-](?<oh>${UNIT}))` +
    `|(?<small>${BELOW_HUNDRED})|(?<unit>${UNIT}))\\b(?![\\s-]shot)`,
  'giu',
);

function below(text: string | undefined): number {
  const [first = '', second = ''] = (text ?? '').toLowerCase().split(/[\s-]+/);
  return (TENS[first] ?? TEENS[first] ?? UNITS[first] ?? 0) + (UNITS[second] ?? 0);
}

function valueOf(groups: Readonly<Record<string, string | undefined>>): number {
  if (groups['hundred'] !== undefined) {
    const said = groups['hundreds']?.trim().replace(/-$/, '').toLowerCase();
    return (said === undefined || said === 'a' ? 1 : below(said)) * 100 + below(groups['rest']);
  }
  if (groups['spoken'] !== undefined) return below(groups['spoken']) * 100 + below(groups['tens'] ?? groups['oh']);
  return below(groups['small'] ?? groups['unit']);
}

/** The text with its number words as figures. */
export function figuresOf(text: string): string {
  const pairs = text
    .replaceAll(/\b(?:a couple(?: of)?|a pair of)\b/gi, '2')
    .replaceAll(/\ba(?:\s+(?:single|whole|full))?\s+(?=(?:bar|measure|takt)\b)/gi, '1 ');
  return pairs.replaceAll(NUMBER, (...found: unknown[]) => String(valueOf(found.at(-1) as Readonly<Record<string, string | undefined>>)));
}
