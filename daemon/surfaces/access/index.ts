export { checkAddress, type AddressVerdict } from './allow-list.js';
export {
  daemonFilePath,
  daemonFileSchema,
  findRunningDaemon,
  healthSchema,
  readDaemonFile,
  removeDaemonFile,
  writeDaemonFile,
  type DaemonFile,
} from './daemon-file.js';
export { findPortOwner, type PortOwner } from './port-owner.js';
export { readOrCreateToken, tokenMatches } from './token.js';
