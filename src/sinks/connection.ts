/** A TCP or TLS connection for a sink, to no address that its guard does not admit. */
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type AddressGuard, guardedLookup } from './address-guard.ts'

export interface TlsOptions {
  /** PEM of the authority to trust instead of the public ones. */
  readonly ca?: string | undefined
  /** PEM of the certificate and key by which the receiver knows us. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export interface Target {
  readonly host: string
  readonly port: number
  /** Undefined for TCP without it. */
  readonly tls: TlsOptions | undefined
  readonly guard: AddressGuard
}

/** Connects, and calls back once it is connected, TLS and all. What goes wrong is the socket's error. */
export function connect({ host, port, tls, guard }: Target, connected: () => void): Socket {
  try {
    if (isIP(host) !== 0) guard.admit(host, host) // connected to without a look-up
  } catch (refused) {
    return new Socket().destroy(refused as Error)
  }
  const where = { host, port, lookup: guardedLookup(guard) }
  if (tls === undefined) return connectTcp(where, connected)
  const named = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ ...where, ...defined(tls), ...named }, connected)
}

/** Resolves once it is connected. Throws AddressRefused, or what went wrong. */
export function openConnection(target: Target, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => {
      socket.off('error', reject)
      resolve(socket)
    })
    const stop = () => socket.destroy(new Error('the attempt was called off'))
    signal.addEventListener('abort', stop, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', stop))
    socket.once('error', reject)
    if (signal.aborted) stop()
  })
}

function defined(tls: TlsOptions) {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined))
}
