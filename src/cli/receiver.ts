/** Receiver: a local HTTP server that takes signed alerts, as somebody's own would. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { Alert } from '../alert/alert.ts'

/** An alert is some kilobytes. */
const BODY_BYTES_MAX = 1_048_576

export interface Receiver {
  readonly url: string
  close(): Promise<void>
}

/** Listens on a free port of this machine; `took` is told of every alert whose signature is good. */
export async function openReceiver(
  secret: string,
  took: (alert: Alert) => void,
): Promise<Receiver> {
  const webhook = new Webhook(secret)
  const server = createServer(async (request, response) => {
    let status = 204
    try {
      const headers = request.headers as Record<string, string>
      const body = webhook.verify(await bodyOf(request), headers) as { data: Alert }
      took(body.data)
    } catch {
      status = 400 // not signed by us, or not whole
    }
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes > BODY_BYTES_MAX) throw new RangeError(`More than ${BODY_BYTES_MAX} bytes.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
