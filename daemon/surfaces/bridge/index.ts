export { ClientSession, DEFAULT_SESSION_LIMITS, type SessionLimits, type SessionServices } from './client-session.js';
export { ConnectedBridges, type ConnectedBridgesOptions } from './connected-bridges.js';
export { EventHub, type HubEvent, type HubListener } from './event-hub.js';
export { publishRuns } from './run-events.js';
export { SocketEndpoint } from './socket-endpoint.js';
