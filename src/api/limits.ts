/** How much the HTTP side takes on at once. */
import { z } from 'zod'

const MEBIBYTE = 1_048_576

export const limitsSchema = z.strictObject({
  /**
   * Largest body as sent, in bytes. Shippers send batches of up to 10 MB; more lets them send
   * larger ones, and holds more memory for each request. @default 16 MiB
   */
  bodyBytesMax: z
    .number()
    .int()
    .min(1_024)
    .max(512 * MEBIBYTE)
    .default(16 * MEBIBYTE),
  /** Largest body once unpacked, in bytes. JSON logs pack to a tenth. @default 64 MiB */
  inflatedBytesMax: z
    .number()
    .int()
    .min(1_024)
    .max(512 * MEBIBYTE)
    .default(64 * MEBIBYTE),
  /**
   * Bodies held at once over all requests, in bytes as sent; beyond it 503 and Retry-After. More
   * absorbs higher bursts and takes that much more memory. @default 128 MiB
   */
  bufferedBytesMax: z
    .number()
    .int()
    .min(1_024)
    .default(128 * MEBIBYTE),
  /** For a request to arrive whole, in ms. A slow line needs longer. @default 60 s */
  requestMsMax: z.number().int().min(1_000).max(600_000).default(60_000),
  /** For the requests under way when the server closes, in ms; then they are cut. @default 20 s */
  closeMsMax: z.number().int().min(0).max(600_000).default(20_000),
})

export type Limits = z.output<typeof limitsSchema>
