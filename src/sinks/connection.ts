/** A TCP or TLS connection for a sink, to no address that its guard does not admit. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
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

/** Resolves once it is connected, TLS and all. Throws AddressRefused, or what went wrong. */
export function openConnection(
  { host, port, tls, guard }: Target,
  signal: AbortSignal,
): Promise<Socket> {
  if (isIP(host) !== 0) guard.admit(host, host) // connected to without a look-up
  const where = { host, port, lookup: guardedLookup(guard) }
  return new Promise((resolve, reject) => {
    const socket =
      tls === undefined
        ? connectTcp(where)
        : connectTls({ ...where, ...defined(tls), ...(isIP(host) ? {} : { servername: host }) })
    const stop = () => socket.destroy(new Error('the attempt was called off'))
    signal.addEventListener('abort', stop, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', stop))
    socket.once('error', reject)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
    if (signal.aborted) stop()
  })
}

function defined(tls: TlsOptions) {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined))
}
