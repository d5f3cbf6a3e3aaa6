export { decodeClientMessage, decodeDaemonMessage, encodeMessage, type FrameData, type Subprotocol } from './codec.js';
export * from './messages/index.js';
export { ProtocolError, type ProtocolProblemReason } from './protocol-error.js';
export { negotiateVersion } from './version.js';
