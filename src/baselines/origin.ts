/**
 * Origin: where an agent calls from and with what client.
 *
 * Five facets: address, its network, autonomous system, country, and the client without its version
 * numbers. Each is a faded tally with the blueprint's and the tenant's as prior.
 * Source    Teh (2006), ACL; see math/novelty.
 * Departs   The network is the first half of an IPv4 address, the first 48 bits of an IPv6 one.
 * Cost      At most 0.7 KB an agent; O(1) a facet.
 * Blind to  A stolen credential used from the agent's own network and client.
 */
import { facetsBaseline } from './facets.ts'

export const origin = facetsBaseline('origin', 4, {
  ip: { agentMax: 32, groupMax: 1024, key: (keys) => keys.ip, name: (event) => event.source?.ip },
  network: {
    agentMax: 16,
    groupMax: 512,
    key: (keys) => keys.network,
    name: (event) => event.source?.ip,
  },
  asn: { agentMax: 8, groupMax: 128, key: (keys) => keys.asn, name: (event) => event.source?.asn },
  country: {
    agentMax: 8,
    groupMax: 128,
    key: (keys) => keys.country,
    name: (event) => event.source?.country,
  },
  client: {
    agentMax: 16,
    groupMax: 256,
    key: (keys) => keys.client,
    name: (event) => event.source?.userAgent,
  },
})
