/**
 * Syslog over TCP and TLS: takes connections and what they say, as fast as the inbox has room.
 *
 * A connection is closed where it says nothing that can be told apart, where a message it has begun does
 * not come to its end in time, and where nothing comes at all for long. One that its sender ends is ended
 * from here only once all it said has been handed on: a sender that waits for that knows it is safe.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { createFramer } from './frames.ts'
import { type Inbox, keptOf, refusedOf } from './inbox.ts'

export interface ConnectionOptions {
  readonly host: string
  readonly port: number
  /** Undefined for TCP without it. */
  readonly tls: TlsOptions | undefined
  readonly messageBytesMax: number
  readonly connectionsMax: number
  /** Without a byte for so long, a connection is closed. */
  readonly idleMs: number
  /** For a message to come to its end once it has begun, and for TLS to be agreed on. */
  readonly begunMs: number
  readonly isAllowed: (address: string | undefined) => boolean
  /** Told why a connection is not served, or not any longer. */
  readonly refused: (address: string | undefined, why: string) => void
}

export interface Listener {
  /** Where it listens; a free port where 0 was asked for. */
  readonly port: number
  /** Reads on, where it had stopped because the inbox was full. */
  resume(): void
  /** Reads no more. What has begun and is not whole is put into the inbox as such. */
  stop(): void
  /** After `stop`: closes what is open still. */
  close(): Promise<void>
}

/** Throws what the operating system says where it cannot listen there. */
export async function listenForConnections(
  options: ConnectionOptions,
  inbox: Inbox,
): Promise<Listener> {
  const open = new Set<Connection>()
  const serve = (socket: Socket) => {
    if (socket.destroyed) return // a stranger's
    const connection = serveConnection(socket, options, inbox)
    open.add(connection)
    socket.once('close', () => open.delete(connection))
  }
  const half = { allowHalfOpen: true }
  const server: Server =
    options.tls === undefined
      ? createServer(half, serve)
      : createTlsServer({ ...half, ...options.tls, handshakeTimeout: options.begunMs }, serve)
  guard(server, options)
  server.listen(options.port, options.host)
  await once(server, 'listening')
  server.on('error', ({ message }) => options.refused(undefined, message))
  const closed = once(server, 'close')
  return {
    port: (server.address() as { port: number }).port,
    resume() {
      for (const { socket } of open) socket.resume()
    },
    stop() {
      server.close()
      for (const connection of open) connection.stop()
    },
    async close() {
      for (const { socket } of open) socket.destroy()
      await closed
    },
  }
}

/** Keeps strangers out, and more connections than there may be. */
function guard(server: Server, { connectionsMax, isAllowed, refused }: ConnectionOptions): void {
  server.maxConnections = connectionsMax
  server.on('drop', (peer) => {
    refused(peer?.remoteAddress, `more than ${connectionsMax} connections are open`)
  })
  server.prependListener('connection', (socket: Socket) => {
    if (isAllowed(socket.remoteAddress)) return
    refused(socket.remoteAddress, 'its address is not among the peers')
    socket.destroy()
  })
  server.on('tlsClientError', (error: Error, { remoteAddress }: Socket) => {
    if (isAllowed(remoteAddress)) refused(remoteAddress, error.message)
  })
}

interface Connection {
  readonly socket: Socket
  stop(): void
}

function serveConnection(
  socket: Socket,
  { messageBytesMax, idleMs, begunMs, refused }: ConnectionOptions,
  inbox: Inbox,
): Connection {
  const from = socket.remoteAddress ?? 'unknown'
  let deadline: NodeJS.Timeout | undefined
  const forgetDeadline = () => {
    clearTimeout(deadline)
    deadline = undefined
  }
  const framer = createFramer(messageBytesMax, {
    message(bytes, isCut) {
      inbox.put(keptOf(bytes, from, isCut))
      forgetDeadline()
    },
    refused(beginning, reason) {
      inbox.put(refusedOf(beginning, from, reason))
      forgetDeadline()
    },
  })
  const giveUp = (why: string) => {
    refused(from, why)
    socket.destroy()
  }
  socket.setKeepAlive(true)
  socket.setTimeout(idleMs, () => {
    if (!socket.isPaused()) giveUp(`nothing came for ${idleMs} ms`)
  })
  socket.on('error', () => {}) // what was read is handed on; of the rest its sender has to tell
  socket.on('data', (chunk: Buffer) => {
    if (!framer.push(chunk)) giveUp('its messages cannot be told apart')
    const isFull = inbox.isFull()
    if (isFull) socket.pause()
    if (isFull || !framer.isInside()) forgetDeadline()
    else deadline ??= setTimeout(giveUp, begunMs, `a message took longer than ${begunMs} ms`)
  })
  socket.on('end', () => {
    framer.finish()
    void inbox.settled().then(() => socket.end())
  })
  socket.on('close', () => {
    framer.finish()
    forgetDeadline()
  })
  return {
    socket,
    stop() {
      socket.pause()
      framer.finish()
      forgetDeadline()
    },
  }
}
