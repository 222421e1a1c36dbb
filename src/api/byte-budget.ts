/** Bounds the bytes of all bodies that are held at once. */
import type { FastifyReply } from 'fastify'
import type { Gauge } from 'prom-client'
import { HttpProblem } from './problem.ts'

export interface ByteBudget {
  /** Counts bytes as held until the reply is out. Throws BUSY where they are too many. */
  hold(reply: FastifyReply, sizeBytes: number): void
}

export function createByteBudget(bytesMax: number, gauge: Gauge): ByteBudget {
  let heldBytes = 0
  const holders = new Map<FastifyReply['raw'], number>()

  return {
    hold({ raw }, sizeBytes) {
      const before = holders.get(raw)
      // Alone, a request may hold whatever its own limits allow, or it could never pass.
      const isAlone = heldBytes === (before ?? 0)
      if (!isAlone && heldBytes + sizeBytes > bytesMax) {
        throw new HttpProblem('BUSY', 'Too many bodies are being worked on: send it again soon.')
      }
      heldBytes += sizeBytes
      gauge.set(heldBytes)
      holders.set(raw, (before ?? 0) + sizeBytes)
      if (before !== undefined) return
      raw.once('close', () => {
        heldBytes -= holders.get(raw) ?? 0
        holders.delete(raw)
        gauge.set(heldBytes)
      })
    },
  }
}
