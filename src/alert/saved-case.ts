/**
 * Saved case: a case as it rests in its agent's state.
 *
 * Deflated JSON: ids, sessions and names come again and again in a case, and an agent's state has to
 * stay within 16 KB. It is packed when it has changed and not at every save.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Case, caseSchema } from './case.ts'

/** Longest text a stored case is unpacked to, far above any that is kept. */
const TEXT_BYTES_MAX = 262_144

/** What a case was packed into, and where it stood then. */
interface Packed extends Pick<Case, 'eventCount' | 'revision' | 'resumedMs'> {
  readonly bytes: Uint8Array<ArrayBuffer>
}
const packed = new WeakMap<Case, Packed>()

export function saveCase(open: Case): Uint8Array<ArrayBuffer> {
  const { eventCount, revision, resumedMs } = open
  const known = packed.get(open)
  const isSame = known?.eventCount === eventCount && known.revision === revision
  if (isSame && known.resumedMs === resumedMs) return known.bytes
  const bytes = new Uint8Array(deflateRawSync(JSON.stringify(open)))
  packed.set(open, { eventCount, revision, resumedMs, bytes })
  return bytes
}

/** Reads what `saveCase` wrote; undefined where it is damaged. */
export function loadCase(bytes: Uint8Array): Case | undefined {
  try {
    const text = inflateRawSync(bytes, { maxOutputLength: TEXT_BYTES_MAX }).toString('utf8')
    return caseSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
