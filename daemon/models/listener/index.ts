export { checkHearing, createServerListener, LISTENER_PROVIDER, type ServerListenerOptions } from './create-server-listener.js';
