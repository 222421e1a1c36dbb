/** Text that came from outside, made fit to be kept and shown. */

/** Longest text shown of anything; the rest of a long name says no more. */
const TEXT_LENGTH_MAX = 240

/** At most `lengthMax` code units, never half a character: what is stored comes back the same. */
export function clip(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).replace(/\p{Surrogate}/gu, '\ufffd')
}

/** One line without control, format and bidirectional characters, at most `lengthMax` long. */
export function printable(text: string, lengthMax = TEXT_LENGTH_MAX): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
  return clean.length <= lengthMax ? clip(clean, lengthMax) : `${clip(clean, lengthMax - 1)}…`
}
