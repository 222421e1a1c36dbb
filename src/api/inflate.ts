/** Undoes a body's `Content-Encoding`, and stops where the result grows past a limit. */
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { ENCODINGS, unzstd } from './encodings.ts'
import { HttpProblem } from './problem.ts'

const gunzipAsync = promisify(gunzip)
const inflateAsync = promisify(inflate)
const inflateRawAsync = promisify(inflateRaw)

/** The low half of a zlib header's first byte; raw deflate, which some send, has no header. */
const ZLIB_METHOD_DEFLATE = 8

/** Throws ENCODING_UNKNOWN, BODY_TOO_LARGE or BODY_UNREADABLE. */
export async function inflateBody(
  body: Buffer,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? ''
  const options = { maxOutputLength: bytesMax }
  try {
    switch (name) {
      case '':
      case 'identity':
        return body
      case 'gzip':
      case 'x-gzip':
        return await gunzipAsync(body, options)
      case 'deflate':
        return ((body[0] ?? 0) & 0x0f) === ZLIB_METHOD_DEFLATE
          ? await inflateAsync(body, options)
          : await inflateRawAsync(body, options)
      case 'zstd':
        if (unzstd !== undefined) return await unzstd(body, options)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      const detail = `The body unpacks to more than ${bytesMax} bytes: send smaller batches.`
      throw new HttpProblem('BODY_TOO_LARGE', detail)
    }
    throw new HttpProblem('BODY_UNREADABLE', `The body is not ${name}: ${message}.`)
  }
  const detail = `Content-Encoding "${name.slice(0, 64)}": expected one of ${ENCODINGS}, or none.`
  throw new HttpProblem('ENCODING_UNKNOWN', detail)
}
