export { connectTo, connectToDaemon } from './connect.js';
export { DaemonClient, RemoteError, type ClientOptions, type RequestOptions } from './daemon-client.js';
