import { GrymError } from '../../kernel/index.js';
import { CLOSE_CODES, negotiateVersion, PROTOCOL_VERSIONS, type ClientMessage, type CloseCodeName } from '../../../protocol/index.js';
import { tokenMatches } from '../access/index.js';

export type IdentifyMessage = Extract<ClientMessage, { type: 'identify' }>;

export type HandshakeVerdict =
  | { readonly accepted: true; readonly protocolVersion: number; readonly identify: IdentifyMessage }
  | { readonly accepted: false; readonly close: CloseCodeName; readonly error: GrymError };

/** Decides on a client's first message. Until this accepts, nothing but `hello` has left. */
export function judgeIdentify(message: ClientMessage, token: string): HandshakeVerdict {
  if (message.type !== 'identify') {
    return refuse('badMessage', new GrymError('GRYM_MESSAGE_MALFORMED', { reason: `expected identify first, got ${message.type}` }));
  }
  if (!tokenMatches(token, message.token)) return refuse('wrongToken', new GrymError('GRYM_TOKEN_WRONG', {}));
  const protocolVersion = negotiateVersion(message.protocolVersions);
  if (protocolVersion === null) {
    const error = new GrymError('GRYM_PROTOCOL_UNSUPPORTED', {
      daemon: PROTOCOL_VERSIONS.join(', '),
      client: message.protocolVersions.join(', '),
    });
    return refuse('unsupportedProtocol', error);
  }
  return { accepted: true, protocolVersion, identify: message };
}

function refuse(close: CloseCodeName, error: GrymError): HandshakeVerdict {
  return { accepted: false, close, error };
}

/** A close frame's reason holds at most 123 bytes of UTF-8 (RFC 6455, 5.5). */
export function closeReason(error: GrymError): string {
  const text = `${error.code}: ${error.message}`;
  let bytes = Buffer.from(text, 'utf8').subarray(0, 123);
  // Cut before a character whose bytes would be torn.
  while (bytes.length > 0 && bytes.toString('utf8').endsWith('\uFFFD')) bytes = bytes.subarray(0, -1);
  return bytes.toString('utf8');
}

export function closeCode(name: CloseCodeName): number {
  return CLOSE_CODES[name];
}
