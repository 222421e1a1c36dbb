/**
 * Syslog over TCP and TLS: takes connections and what they say, as fast as the inbox has room.
 *
 * A connection that its sender ends is ended from here once all that it said has been handed on; every
 * other end is a reset. So a sender that waits for ours to end knows whether all is safe.
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
  /** Without a byte for so long, a connection is cut. */
  readonly idleMs: number
  /** For a message to come to its end once it has begun, and for TLS to be agreed on. */
  readonly begunMs: number
  readonly isAllowed: (address: string | undefined) => boolean
  /** Told why a connection is not served, or not any longer. */
  readonly refused: (address: string | undefined, why: string) => void
}

export interface Listener {
  /** Reads on, where it had stopped because the inbox was full. */
  resume(): void
  /** Reads no more. What has begun and is not whole is put into the inbox as such. */
  stop(): void
  /** After `stop`: closes what is open still. `isSafe` where all that was read has been handed on. */
  close(isSafe: boolean): Promise<void>
}

interface Connection {
  readonly socket: Socket
  stop(): void
}

/** Throws what the operating system says where it cannot listen there. */
export async function listenForConnections(
  options: ConnectionOptions,
  inbox: Inbox,
): Promise<Listener> {
  const open = new Map<string, Connection>()
  const cables = new Map<string, Socket>()
  let isStopped = false
  const serve = (socket: Socket) => {
    const known = ends(socket)
    const cut = () => void (cables.get(known) ?? socket).resetAndDestroy()
    if (isStopped) return cut()
    open.set(known, serveConnection(socket, cut, options, inbox))
    socket.once('close', () => open.delete(known))
  }
  const half = { allowHalfOpen: true }
  const server: Server =
    options.tls === undefined
      ? createServer(half)
      : createTlsServer({ ...half, ...options.tls, handshakeTimeout: options.begunMs })
  admit(server, cables, options)
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (!socket.destroyed) serve(socket)
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  server.on('error', ({ message }) => options.refused(undefined, message))
  const closed = once(server, 'close')
  return {
    resume() {
      if (isStopped) return
      for (const { socket } of open.values()) socket.resume()
    },
    stop() {
      isStopped = true
      server.close()
      for (const connection of open.values()) connection.stop()
    },
    async close(isSafe) {
      for (const [known, cable] of cables) {
        const connection = open.get(known)
        if (isSafe && connection !== undefined) connection.socket.destroySoon()
        else cable.resetAndDestroy()
      }
      await closed
    },
  }
}

/** What a connection is known by, with TLS and below it. */
const ends = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Keeps strangers out, and more connections than there may be; the others are `cables`, below TLS. */
function admit(
  server: Server,
  cables: Map<string, Socket>,
  { connectionsMax, isAllowed, refused }: ConnectionOptions,
): void {
  server.prependListener('connection', (cable: Socket) => {
    const known = ends(cable)
    const why = !isAllowed(cable.remoteAddress)
      ? 'its address is not among the peers'
      : cables.size >= connectionsMax && `more than ${connectionsMax} connections are open`
    if (why !== false) {
      refused(cable.remoteAddress, why)
      cable.resetAndDestroy()
      return
    }
    cables.set(known, cable)
    cable.on('error', () => {}) // told of where it is served
    cable.once('close', () => cables.delete(known))
  })
  server.on('tlsClientError', ({ message }: Error, { remoteAddress }: Socket) => {
    if (remoteAddress !== undefined) refused(remoteAddress, message)
  })
}

function serveConnection(
  socket: Socket,
  cut: () => void,
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
    cut()
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
