/**
 * Decides which addresses a sink may connect to, so that a webhook's URL cannot be used to reach
 * what only this machine can reach: its own services, the internal network, a cloud's metadata.
 *
 * The decision is made about the address a connection goes to, in the moment it is made, never
 * about a name beforehand: a name that answers differently the second time gains nothing.
 */
import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, buildConnector } from 'undici'

/** Public by its number, yet Azure's own metadata and DNS service on every virtual machine. */
const METADATA_ADDRESSES = new Set(['168.63.129.16'])
/** Global unicast; every other IPv6 block is local, reserved or carries an IPv4 address. */
const IPV6_GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3')

/** Why a connection was not made. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/** What an operator allows beyond public addresses: host names, addresses or CIDR blocks. */
export interface AddressGuard {
  /** Throws AddressRefused where the host, at this address, may not be connected to. */
  admit(host: string, address: string): void
}

/** Whether anybody on the internet could connect to the address. */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false
  const address = ipaddr.process(stripZone(text)) // ::ffff:127.0.0.1 is 127.0.0.1
  if (address.range() !== 'unicast' || METADATA_ADDRESSES.has(address.toString())) return false
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(IPV6_GLOBAL)
}

/** Whether a text may stand in `allowPrivate`: a host name, an address or a CIDR block. */
export function isAllowEntry(text: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) || toBlock(text) !== undefined
}

export function createAddressGuard(allowPrivate: readonly string[]): AddressGuard {
  const blocks = allowPrivate.map(toBlock).filter((block) => block !== undefined)
  const hosts = new Set(allowPrivate.map((entry) => entry.toLowerCase()))
  return {
    admit(host, address) {
      if (isPublicAddress(address) || hosts.has(host.toLowerCase())) return
      if (isIP(address) !== 0) {
        const parsed = ipaddr.process(stripZone(address))
        if (blocks.some(([net, bits]) => net.kind() === parsed.kind() && parsed.match(net, bits))) {
          return
        }
      }
      const via = host === address ? '' : ` (${host})`
      throw new AddressRefused(`${address}${via} is not a public address; allowPrivate lacks it`)
    },
  }
}

export interface GuardedOptions {
  readonly ca?: string
  readonly connectMs: number
  readonly lookup?: LookupFunction
}

/**
 * An HTTP client that connects only where the guard admits. One connection for each request: alerts
 * are few, and a connection that has lain idle for hours fails at the worst moment.
 */
export function createGuardedAgent(guard: AddressGuard, options: GuardedOptions): Agent {
  return new Agent({ pipelining: 0, connect: guardedConnector(guard, options) })
}

/** Connects, TLS and all, and hangs up. Answers what stands in the way, or undefined. */
export function tryConnection(
  url: URL,
  guard: AddressGuard,
  options: GuardedOptions,
): Promise<string | undefined> {
  const { protocol, host, hostname } = url
  const port = url.port || (protocol === 'https:' ? '443' : '80')
  return new Promise((resolve) => {
    guardedConnector(guard, options)({ protocol, host, hostname, port }, (error, socket) => {
      socket?.destroy()
      resolve(error?.message)
    })
  })
}

function guardedConnector(guard: AddressGuard, options: GuardedOptions): buildConnector.connector {
  const connector = buildConnector({
    timeout: options.connectMs,
    lookup: guardedLookup(guard, options.lookup),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  } as buildConnector.BuildOptions)
  return (target, callback) => {
    try {
      // An address in the URL is connected to without a look-up.
      const host = target.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0) guard.admit(host, host)
    } catch (error) {
      callback(error as Error, null)
      return
    }
    connector(target, callback)
  }
}

/** Looks a name up and lets pass only the addresses the guard admits. */
export function guardedLookup(
  guard: AddressGuard,
  lookup: LookupFunction = systemLookup as LookupFunction,
): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, '', 0)
        return
      }
      const addresses =
        typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found
      let refused: unknown = new AddressRefused(`${host} has no address`)
      const admitted = addresses.filter(({ address }) => {
        try {
          guard.admit(host, address)
          return true
        } catch (reason) {
          refused = reason
          return false
        }
      })
      if (admitted.length === 0) callback(refused as Error, '', 0)
      else if (options.all) callback(null, admitted)
      else callback(null, admitted[0]!.address, admitted[0]!.family) // not empty: checked above
    })
  }
}

function toBlock(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (isIP(text) !== 0) {
    const address = ipaddr.process(stripZone(text))
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  }
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined
}

function stripZone(text: string): string {
  return text.replace(/%.*$/, '')
}
