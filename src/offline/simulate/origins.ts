/** Origins: the addresses and programs that agents are seen to work from. */
import { hash, type Random } from '../../math/random.ts'

export interface Network {
  readonly asn: string
  readonly country: string
  /** First two octets of its addresses, or the first two groups where it is IPv6. */
  readonly prefix: string
  readonly isV6?: boolean
}

export interface Origin {
  readonly ip: string
  readonly asn: string
  readonly country: string
}

export type OriginPlan =
  /** A few fixed egress addresses. */
  | { readonly kind: 'nat'; readonly networks: readonly Network[] }
  /** A new address from the provider's range with nearly every run. */
  | { readonly kind: 'serverless'; readonly networks: readonly Network[] }
  /** The address of the office or home that the person works from. */
  | { readonly kind: 'person' }

const network = (asn: string, country: string, prefix: string, isV6 = false): Network =>
  isV6 ? { asn, country, prefix, isV6 } : { asn, country, prefix }

export const AWS_EU = network('AS16509', 'DE', '3.120')
export const AWS_US = network('AS16509', 'US', '54.210')
export const AWS_V6 = network('AS16509', 'IE', '2a05:d018', true)
export const AZURE_EU = network('AS8075', 'NL', '20.50')
export const AZURE_US = network('AS8075', 'US', '20.42')
export const GCP_EU = network('AS396982', 'BE', '35.195')
export const GCP_ASIA = network('AS396982', 'JP', '35.200')
export const OWN_DC = network('AS64500', 'DE', '198.18')

/** Where people sit: office and home networks by country, the first being the office. */
export const WORKPLACES: Readonly<Record<string, readonly Network[]>> = {
  DE: [network('AS64500', 'DE', '198.18'), network('AS3320', 'DE', '87.140')],
  US: [network('AS64501', 'US', '198.19'), network('AS7922', 'US', '73.162')],
  IN: [network('AS64502', 'IN', '203.0'), network('AS24560', 'IN', '122.161')],
  JP: [network('AS64503', 'JP', '192.51'), network('AS2516', 'JP', '106.72')],
  AU: [network('AS64504', 'AU', '192.88'), network('AS1221', 'AU', '2001:8003', true)],
}

/** Where an outsider may come from: ordinary hosting and access networks. */
export const ELSEWHERE: readonly Network[] = [
  network('AS14061', 'NL', '167.99'),
  network('AS24940', 'DE', '116.203'),
  network('AS16276', 'FR', '51.178'),
  network('AS9009', 'RO', '185.244'),
  network('AS20473', 'US', '149.28'),
  network('AS16509', 'SG', '13.212'),
  network('AS8075', 'US', '40.76'),
  network('AS4134', 'CN', '114.221'),
  network('AS12389', 'RU', '95.165'),
  network('AS28573', 'BR', '189.61'),
  network('AS63949', 'GB', '2a01:7e00', true),
]

/** The address that a number stands for in a network. */
export function addressIn({ asn, country, prefix, isV6 }: Network, n: number): Origin {
  const h = hash(n, 41)
  const ip = isV6
    ? `${prefix}:${(h >>> 20).toString(16)}:${((h >>> 8) & 0xfff).toString(16)}::${(h & 0xff).toString(16)}`
    : `${prefix}.${(h >>> 8) & 0xff}.${1 + ((h >>> 16) % 254)}`
  return { ip, asn, country }
}

/** One of the fixed egress addresses; `epoch` counts the moves to new ones. */
export function natOrigin(
  networks: readonly Network[],
  owner: number,
  epoch: number,
  rng: Random,
): Origin {
  const network = networks[hash(owner, epoch) % networks.length]!
  const pool = 1 + (hash(owner, 43) % 3)
  return addressIn(network, hash(owner % 7, epoch, rng.zipf(pool, 1.2)))
}

export function serverlessOrigin(networks: readonly Network[], rng: Random): Origin {
  return addressIn(networks[rng.zipf(networks.length, 1.5)]!, rng.integer(0, 4000))
}

/** Mostly the office; some days from home, whose address changes every few weeks. */
export function personOrigin(country: string, person: number, day: number): Origin {
  const [office, home] = WORKPLACES[country] ?? WORKPLACES.DE!
  const isHome = hash(person, day, 1) % 100 < 8 + (person % 45)
  return isHome
    ? addressIn(home!, hash(person, Math.floor((day + (person % 30)) / 24)))
    : addressIn(office!, hash(day, person) % 3)
}
