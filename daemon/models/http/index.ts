export { bodyPieces, readBody, sendRequest, type HttpAnswer, type HttpRequest } from './http-exchange.js';
export {
  answerInvalid,
  errorWords,
  parseRetryAfter,
  quotedWords,
  retryAfterSecondsOf,
  serverName,
  statusError,
  unreachable,
  type FailedAnswer,
  type ServerName,
} from './server-errors.js';
