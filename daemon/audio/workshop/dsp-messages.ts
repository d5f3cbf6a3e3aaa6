import { z } from 'zod';
import { renderedSchema, type Rendered, type RenderPlan } from './render-messages.js';
import {
  analysedSchema,
  decodedPartSchema,
  decodedSchema,
  encodedSchema,
  fittedSchema,
  resampledSchema,
  variedSchema,
  type Analysed,
  type Decoded,
  type DecodedPart,
  type DecodeOrder,
  type DecodePartOrder,
  type Encoded,
  type EncodeOrder,
  type Fitted,
  type FitOrder,
  type Resampled,
  type ResampleOrder,
  type SamplesOrder,
  type Varied,
  type VaryOrder,
} from './workshop-messages.js';

/** The words of the memory that a worker and the main thread share: [0] non-zero asks to stop, [1] progress in thousandths. */
export const CONTROL_BYTES = 8;
export const CANCEL_WORD = 0;
export const PROGRESS_WORD = 1;

/** What native/dsp can be asked for: by kind, what its function takes and gives. */
export interface DspWork {
  readonly render: { readonly input: RenderPlan; readonly result: Rendered };
  readonly analyse: { readonly input: SamplesOrder; readonly result: Analysed };
  readonly fit: { readonly input: FitOrder; readonly result: Fitted };
  readonly vary: { readonly input: VaryOrder; readonly result: Varied };
  readonly resample: { readonly input: ResampleOrder; readonly result: Resampled };
  readonly decode: { readonly input: DecodeOrder; readonly result: Decoded };
  readonly decodePart: { readonly input: DecodePartOrder; readonly result: DecodedPart };
  readonly encode: { readonly input: EncodeOrder; readonly result: Encoded };
}
export type DspKind = keyof DspWork;

export const RESULT_SCHEMAS: { readonly [Kind in DspKind]: z.ZodType<DspWork[Kind]['result']> } = {
  render: renderedSchema,
  analyse: analysedSchema,
  fit: fittedSchema,
  vary: variedSchema,
  resample: resampledSchema,
  decode: decodedSchema,
  decodePart: decodedPartSchema,
  encode: encodedSchema,
};

/** The addon, as the thread sees it. A function returns null where the control's first word was set. */
export type DspModule = { readonly [Kind in DspKind]: (input: unknown, control: Int32Array) => object | null } & {
  /** Puts the calling thread behind others. */
  readonly yieldToOthers?: (niceness: number) => void;
};

export interface ThreadSettings {
  readonly modulePath: string;
  /** 0: as important as the rest of the process; up to 19: behind others. */
  readonly niceness: number;
}

export interface DspOrder {
  readonly id: number;
  readonly kind: DspKind;
  readonly input: unknown;
  readonly control: SharedArrayBuffer;
}

export const threadReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('module-missing'), reason: z.string() }),
  z.object({ kind: z.literal('done'), id: z.int(), result: z.unknown() }),
  z.object({ kind: z.literal('cancelled'), id: z.int() }),
  /** `code`: the addon's own word for what was wrong, where it has one. */
  z.object({ kind: z.literal('failed'), id: z.int(), reason: z.string(), code: z.string().nullable() }),
]);
export type ThreadReport = z.infer<typeof threadReportSchema>;
