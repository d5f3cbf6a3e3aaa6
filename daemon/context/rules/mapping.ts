/** Corner points of a piecewise-linear curve, ascending in x. */
export type CurvePoints = readonly (readonly [x: number, y: number])[];

/** The curve's value at `x`; beyond its ends the value of the end. */
export function piecewiseLinear(points: CurvePoints, x: number): number {
  const after = points.findIndex(([px]) => px >= x);
  const right = points[after === -1 ? points.length - 1 : after];
  const left = points[after - 1];
  if (right === undefined) throw new RangeError('a curve needs points');
  if (after <= 0 || left === undefined) return right[1];
  const share = (x - left[0]) / (right[0] - left[0]);
  return left[1] + share * (right[1] - left[1]);
}

export function clamp(value: number, minimum: number | undefined, maximum: number | undefined): number {
  return Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, value));
}

/** To a multiple of `step`, without the digits that binary fractions leave behind (3.1, not 3.1000000000000005). */
export function roundTo(value: number, step: number | undefined): number {
  if (step === undefined) return Number(value.toPrecision(12));
  return Number((Math.round(value / step) * step).toPrecision(12));
}
