// Elementary functions from IEEE 754 basic operations only (+ − × ÷, comparisons, exact scaling), which ECMAScript defines to the bit.
// Math.log, Math.sin and Math.cos may differ in the last bit between engines and their versions; these cannot. Coefficients: fdlibm 5.3
// (Sun Microsystems 1993, freely usable), e_log.c, k_sin.c and k_cos.c. Errors are below 1 unit in the last place.

const DOUBLE = new Float64Array(1);
const WORDS = new Uint32Array(DOUBLE.buffer);
/** Index of the word with sign and exponent. */
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const EXPONENT_BIAS = 1023;
/** Of 1.5 − √2 in the high word: mantissas from √2 on are halved, so that the rest is within √½ … √2. */
const ROUND_UP_FROM_SQRT_2 = 0x95f64;

/** The natural logarithm of a normal x > 0, below +∞. */
export function naturalLogarithm(x: number): number {
  DOUBLE[0] = x;
  const high = WORDS[HIGH] ?? 0;
  const mantissa = high & 0xfffff;
  const carry = (mantissa + ROUND_UP_FROM_SQRT_2) & 0x100000;
  const exponent = (high >>> 20) - EXPONENT_BIAS + (carry >>> 20);
  WORDS[HIGH] = mantissa | (carry ^ 0x3ff00000);
  const f = (DOUBLE[0] ?? 1) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const even = z * (6.66666666666673513e-1 + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const half = 0.5 * f * f;
  return exponent * LN2_HIGH - (half - (s * (half + (odd + even)) + exponent * LN2_LOW) - f);
}

/** sin x for |x| ≤ π/4. */
function kernelSine(x: number): number {
  const z = x * x;
  const rest =
    8.33333333332248946124e-3 +
    z * (-1.98412698298579493134e-4 + z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  return x + z * x * (-1.66666666666666324348e-1 + z * rest);
}

/** cos x for |x| ≤ π/4. */
function kernelCosine(x: number): number {
  const z = x * x;
  const rest =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const near = 1 - half;
  return near + (1 - near - half + z * rest);
}

/** sin(2π·turns + quarters·π/2); the reduction to an eighth of a turn is exact. */
function sineFrom(turns: number, quarters: number): number {
  const nearest = Math.floor(turns * 4 + 0.5);
  const angle = (turns - nearest / 4) * (2 * Math.PI);
  const quadrant = nearest + quarters;
  const value = (quadrant & 1) === 0 ? kernelSine(angle) : kernelCosine(angle);
  return (quadrant & 2) === 0 ? value : -value;
}

/** sin(2π·turns) for |turns| < 2²⁸. */
export function sineOfTurns(turns: number): number {
  return sineFrom(turns, 0);
}

/** cos(2π·turns) for |turns| < 2²⁸. */
export function cosineOfTurns(turns: number): number {
  return sineFrom(turns, 1);
}
