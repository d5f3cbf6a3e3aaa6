/** Where the parts of an Open Inference Protocol v2 server are found that serves one graph. */
export interface GraphAddress {
  /** `…/v2/health/ready`. */
  readonly ready: URL;
  /** `…/v2`: name, version and extensions of the server. */
  readonly server: URL;
  /** `…/v2/models/unet`: names, types and shapes of the graph. */
  readonly model: URL;
  readonly infer: URL;
}

/** `/triton/v2/models/unet` or `/v2/models/unet/versions/3`. */
const PATH = /^(.*\/v2)\/models\/[^/]+(?:\/versions\/[^/]+)?$/;

const pathOf = (url: URL): string => url.pathname.replace(/\/+$/, '');

export function isGraphAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return /^https?:$/.test(url.protocol) && PATH.test(pathOf(url));
}

/** The address is one by `isGraphAddress`. */
export function graphAddress(address: string): GraphAddress {
  const url = new URL(address);
  const model = pathOf(url);
  const root = PATH.exec(model)?.[1] ?? '/v2';
  const at = (path: string): URL => {
    const target = new URL(url);
    target.pathname = path;
    return target;
  };
  return { ready: at(`${root}/health/ready`), server: at(root), model: at(model), infer: at(`${model}/infer`) };
}
