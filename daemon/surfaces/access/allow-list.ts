import type { IncomingHttpHeaders } from 'node:http';

/** Names by which programs on this computer reach a server that listens on the loopback address. */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

export type AddressVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/**
 * Checks the Host and the Origin of a request. A web page that was lured to resolve its own name to 127.0.0.1 arrives with a
 * foreign Host; a page of another site arrives with a foreign Origin, a sandboxed or local one with `null`. Programs send none.
 */
export function checkAddress(headers: IncomingHttpHeaders, port: number): AddressVerdict {
  const host = headers.host?.toLowerCase();
  if (host === undefined || !LOOPBACK_NAMES.some((name) => host === `${name}:${port}`)) {
    return { allowed: false, reason: `the Host must be ${LOOPBACK_NAMES[0]}:${port}, got ${quote(host)}` };
  }
  const origin = headers.origin?.toLowerCase();
  if (origin !== undefined && !LOOPBACK_NAMES.some((name) => origin === `http://${name}:${port}`)) {
    return { allowed: false, reason: `the Origin must be absent or http://${LOOPBACK_NAMES[0]}:${port}, got ${quote(origin)}` };
  }
  return { allowed: true };
}

function quote(value: string | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value.slice(0, 100));
}
