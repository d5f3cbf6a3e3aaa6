import type { OpenGraphSession } from './graph-session.js';

/**
 * A graph from its file on this machine, or on an Open Inference Protocol v2 server where `options.remote` names one. Only model hosts call it:
 * what it loads blocks the thread.
 */
export const openGraph: OpenGraphSession = async (file, options) => {
  if (options.remote === undefined) {
    const { openOnnxSession } = await import('./onnx-session.js');
    return openOnnxSession(file, options);
  }
  const { openRemoteGraph } = await import('./open-inference-session.js');
  return openRemoteGraph(file, options);
};
