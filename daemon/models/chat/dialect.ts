import { isGrymError, type JsonObject } from '../../kernel/index.js';
import type { ChatRequest } from './chat-server.js';

/** Fields that servers are known to refuse, and the words by which they do. */
const REFUSALS = {
  response_format: /response_format|json[_ ]?schema|\bschema\b|grammar|structured[_ ]output|guided/i,
  stream: /\bstream(ing)?\b/i,
  // The newer models of OpenAI name the field that they want instead.
  max_tokens: /max_completion_tokens/i,
  temperature:
    /temperature\b.*(support|allow|permit|extra|unknown|unrecogni[sz]ed)|(support|allow|permit|extra|unknown|unrecogni[sz]ed).*temperature/is,
  top_p: /top_p\b.*(support|allow|permit|extra|unknown|unrecogni[sz]ed)|(support|allow|permit|extra|unknown|unrecogni[sz]ed).*top_p/is,
} as const;
type Field = keyof typeof REFUSALS;

const SAYS_STREAMS_ONLY = /\bonly\b.*\bstream|\bstream(ing)?\b.*\b(only|required|must)\b|must\b.*\bstream/is;

/** As many kinds of answers as anybody asks one server for. */
const MAXIMUM_REMEMBERED_SCHEMAS = 64;

/**
 * What one server understands of OpenAI's interface. A field that it refused is left out from then on; a schema it refused is, by its name,
 * since the next one may be to its liking.
 */
export class Dialect {
  /** Some answer in streams only. */
  private streamsOnly = false;
  private readonly refused = new Set<Field>();
  private readonly refusedSchemas = new Set<string>();

  takesSchema(request: ChatRequest): boolean {
    return request.schema !== undefined && !this.refusedSchemas.has(request.schema.name);
  }

  body(model: string, request: ChatRequest, wantsStream: boolean): JsonObject {
    const { messages, temperature, topP, maximumTokens, schema } = request;
    const limit = this.refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
    return {
      model,
      messages: messages as unknown as JsonObject[],
      ...(this.streamsOnly || (wantsStream && !this.refused.has('stream')) ? { stream: true } : {}),
      ...(temperature === undefined || this.refused.has('temperature') ? {} : { temperature }),
      ...(topP === undefined || this.refused.has('top_p') ? {} : { top_p: topP }),
      ...(maximumTokens === undefined ? {} : { [limit]: maximumTokens }),
      ...(schema !== undefined && this.takesSchema(request)
        ? { response_format: { type: 'json_schema', json_schema: { name: schema.name, strict: true, schema: schema.schema } } }
        : {}),
    };
  }

  /** Whether the error is the refusal of a field that this body holds: then the field is left out the next time. */
  learn(error: unknown, body: JsonObject, request: ChatRequest): boolean {
    if (!isGrymError(error, 'GRYM_SERVER_REFUSED') && !isGrymError(error, 'GRYM_SERVER_FAILED')) return false;
    if (![400, 415, 422, 500, 501].includes(Number(error.details['status']))) return false;
    const words = String(error.details['reason']);
    if (!this.streamsOnly && !Object.hasOwn(body, 'stream') && SAYS_STREAMS_ONLY.test(words)) {
      this.streamsOnly = true;
      return true;
    }
    const field = (Object.keys(REFUSALS) as Field[]).find((name) => Object.hasOwn(body, name) && REFUSALS[name].test(words));
    if (field === undefined) return false;
    if (field !== 'response_format') this.refused.add(field);
    else if (request.schema !== undefined && this.refusedSchemas.size < MAXIMUM_REMEMBERED_SCHEMAS)
      this.refusedSchemas.add(request.schema.name);
    else return false;
    return true;
  }
}
