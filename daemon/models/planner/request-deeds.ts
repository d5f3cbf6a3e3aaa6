/** What a request wants done; each is a workflow of the library or a step behind it. */
export const DEEDS = ['vary', 'continue', 'answer', 'fit', 'tag-library', 'generate'] as const;
export type Deed = (typeof DEEDS)[number];

export interface ReadDeeds {
  readonly deed: Deed;
  /** The words that say so, as they stand; empty for what is taken where nothing else is said. */
  readonly words: readonly string[];
  /** What is to be done with the result, besides. */
  readonly fit: boolean;
  /** Words to tag the result with; empty for none. */
  readonly tags: readonly string[];
  readonly export: boolean;
}

interface Signs {
  readonly deed: Exclude<Deed, 'generate'>;
  /** One of these must occur. */
  readonly verbs: RegExp;
  /** Each of these that occurs makes it more likely. */
  readonly others: readonly RegExp[];
}

const PLAYED =
  /\b(?:what|that|as)\s+(?:i|we)(?:'ve)?\s+(?:just\s+)?play(?:ed)?\b|\bmy\s+(?:last|take|part|riff|phrase|playing|recording|performance|idea)\b|\bthe\s+last\s+\d+\s+bars?\b|\bmy\s+take\b/;
const LIBRARY =
  /\b(?:my|the|whole|entire|our) library\b|\beverything\b|\b(?:all|every|each|my|the|untagged|new|newest|recent)\s+(?:of\s+)?(?:(?:my|the|our|new|untagged|recorded|unlabell?ed)\s+)?(?:clips?|loops|samples|recordings|sounds|files|takes|captures)\b/;

const SIGNS: readonly Signs[] = [
  {
    deed: 'tag-library',
    verbs:
      /\btranscri(?:be|bing|ption|ptions|pts?)\b|\b(?:tag|label|caption|catalogue|index|describe|annotate)(?:s|ging|ling|ing)?\b|\bwrite down\b|\bsort (?:out )?(?:my|the)\b/,
    others: [LIBRARY, /\btag(?:s|ging)?\b|\blabels?\b/],
  },
  {
    deed: 'answer',
    verbs:
      /\banswer(?:s|ing)?\b|\brepl(?:y|ies|ying)\b|\brespon(?:d|ds|se|ding)\b|\bcall[ -]and[ -]response\b|\bcounter[ -]?(?:phrase|melody|line)\b|\b(?:talk|play)(?: something)? back\b/,
    others: [/\bphrase\b|\bto (?:me|my|the|this|that)\b/],
  },
  {
    deed: 'continue',
    verbs:
      /\b(?:continue|continues|continuing|continuation)\b|\b(?:carry|carries|go|goes) on\b|\bkeep (?:it |this |that )?going\b|\bwhat comes next\b|\bextend\b|\bfill(?:s|ing)?\s+(?:in\b|up\b|the\b|my\b|this\b|that\b|it\b|with\b)|\b(?:put|add|play|drop|need|make)\s+(?:in\s+)?(?:me\s+)?(?:a|some|\d)\s+(?:[a-z-]+\s+){0,2}fills?\s+(?:there|here|in|into|before|after|between)\b|\bfinish (?:my|the|this|that) (?:phrase|line|idea|riff)\b|\bbridge the\b/,
    others: [/\bgaps?\b|\bholes?\b|\bempty\b|\bspace\b|\bsilent\b/, /\b(?:next|more|further|another)\s+\d+\b|\b\d+\s+more\b/, PLAYED],
  },
  {
    deed: 'vary',
    verbs:
      /\bvar(?:y|ies|ying|iation|iations|ied|iants?)\b|\bremix(?:es|ed)?\b|\bmutat(?:e|es|ion|ions)\b|\brework\b|\bdifferent(?:ly)?\b|\b(?:wilder|other|another|alternative|alternate|new|crazier|calmer|busier|simpler|\d+)\s+(?:[a-z-]+\s+){0,2}versions?\b|\b(?:a )?twist on\b|\bspin on\b|\bflip (?:it|this|that|my)\b|\bmess (?:with|around)\b|\bmix (?:it|this|that) up\b|\bchange (?:it|this|that) up\b/,
    others: [PLAYED, /\b(?:of|with|on|from)\s+(?:it|this|that|my)\b|\bmy\b/],
  },
  {
    deed: 'fit',
    verbs:
      /\bclean(?:s|ed)?\b|\btid(?:y|ied)\b|\bfit(?:s|ted)?\b|\bmatch(?:es|ed)?\b|\b(?:time[ -]?)?stretch(?:ed)?\b|\b(?:transpose|retune|repitch|conform)d?\b|\bnormali[sz]ed?\b|\bseamless(?:ly)?\b|\bpitch (?:it|this|that)\b|\b(?:speed|slow) (?:it|this|that)\b|\b(?:get|bring|take) (?:it|this|that) (?:up |down )?to\b/,
    others: [/\bup\b/, /\bto\b/, /\b(?:it|this|that|the (?:loop|clip|sample|recording))\b/, /\bloudness\b|\blufs\b/],
  },
];

/** The object that is meant, where a word like "fit" alone may also describe what is to be made. */
const SHOWN =
  /\b(?:clean|tidy|fit|match|stretch|transpose|normali[sz]e|retune|conform|make|pitch|speed|slow|get|bring|take)(?:s|ed)?\s+(?:up\s+)?(?:it|this|that|these|the\s+(?:loop|clip|sample|recording|take|result|file)|my\s+\w+)\b/;
const FITTED =
  /\b(?:fit|match|stretch|transpose|normali[sz]e|clean|conform|tidy)(?:\s+up)?\s+(?:it|this|that|the\s+(?:result|best|clip|loop|one|winner))\b/;
const TAGGED =
  /\b(?:tag|label|mark)(?:\s+(?:it|this|that|them|the\s+(?:result|clip|best(?:\s+one)?|loop)))?(?:\s+(?:as|with|with the tags?))?\s*:?\s*(.+)$/;
const EXPORTED = /\b(?:export|bounce|render|save)\b(?:\s+\S+){0,4}?\s*\b(?:wav|flac|file|files|disk|folder|it|them)\b|\bexport\b/;

const COUNTED_VERSIONS = /^\d+\s+(?:[a-z-]+\s+){0,2}versions?$/;

const tagPattern = /^(?!(?:it|this|that|them|these|those|all|everything|me)$)[\p{L}\p{N}][\p{L}\p{N} ._#-]{0,59}$/u;

/** "tag it as 'drop', 'night'" → drop, night. Nothing that reads like a sentence. */
function tagsOf(text: string): string[] {
  const said = TAGGED.exec(text)?.[1];
  if (said === undefined || LIBRARY.test(said)) return [];
  const [list = ''] = said.split(
    /[.;!?]|\b(?:then|please)\b|,?\s+and\s+(?=(?:export|fit|put|send|deliver|bounce|save|play|stretch|transpose)\b)/,
  );
  const quoted = [...list.matchAll(/["'“‘]([^"'”’]{1,60})["'”’]/gu)].map((match) => match[1] ?? '');
  const words = quoted.length > 0 ? quoted : list.split(/,|\band\b|&/);
  return [...new Set(words.map((word) => word.trim().toLowerCase()))]
    .filter((word) => tagPattern.test(word) && word.split(' ').length <= 3)
    .slice(0, 8);
}

function found(signs: Signs, text: string): string[] {
  const verb = signs.verbs.exec(text)?.[0];
  if (verb === undefined) return [];
  const all = [verb, ...signs.others.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])];
  return all.filter(
    (word, index) => !all.some((other, place) => place !== index && other.includes(word) && (other !== word || place < index)),
  );
}

/** @param hasClip whether a clip is known that the request may be about */
export function readDeeds(request: string, { hasClip }: { readonly hasClip: boolean }): ReadDeeds {
  const text = request.toLowerCase();
  const tags = tagsOf(text);
  const readings = SIGNS.map((signs) => ({ deed: signs.deed, words: found(signs, text) })).filter(({ deed, words }) => {
    if (words.length === 0) return false;
    // Tagging one result is no work on the library.
    if (deed === 'tag-library') return (LIBRARY.test(text) && tags.length === 0) || /\btranscri/.test(text);
    // "Three versions of a warm bass" are made; those of "it", of what was played or of a clip are variations.
    if (deed === 'vary' && !hasClip && words.every((word) => COUNTED_VERSIONS.test(word))) return false;
    // "House drums to match my session" is made, not fitted.
    return deed !== 'fit' || hasClip || SHOWN.test(text);
  });
  // What makes something new comes first, and is fitted afterwards.
  const making = readings.filter(({ deed }) => deed !== 'fit');
  const best = (making.length > 0 ? making : readings).reduce<(typeof readings)[number] | null>(
    (one, other) => (one !== null && one.words.length >= other.words.length ? one : other),
    null,
  );
  const chosen = best ?? { deed: 'generate' as const, words: [] };
  const follows = chosen.deed !== 'fit' && chosen.deed !== 'tag-library';
  return {
    ...chosen,
    fit: follows && FITTED.test(text),
    tags: chosen.deed === 'tag-library' ? [] : tags,
    export: chosen.deed !== 'tag-library' && EXPORTED.test(text),
  };
}
