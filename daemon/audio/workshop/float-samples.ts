import { z } from 'zod';

/** Samples as they come out of the addon: checked by tag, since a typed array may be of another realm. */
export const floatSamplesSchema = z.custom<Float32Array>(
  (value) => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float32Array]',
  'expected a Float32Array',
);
