/**
 * Master connector: connects to the server that is to be written to now, whoever that is.
 *
 * All keys of a stream carry one hash tag and so lie in one slot of a cluster. A connection to the owner of
 * that slot is all that is needed, and it can do what one to a single server can: watch keys, run
 * transactions, wait for jobs. With Sentinels it is the master they name. Who that is, is asked each time
 * a connection is made, first of those who knew last; a server that says it is not the one any more
 * ends the connection, see `isElsewhere`.
 *
 * It never gives up: where nobody can tell, it connects to one of those it would have asked, whose refusal
 * is then what the connection fails with, and ioredis tries again. (A connector that rejects would end the
 * connection for good.)
 */
import { createConnection, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AbstractConnector, type RedisOptions } from 'ioredis'
import { askRedis } from './ask-redis.ts'
import type { RedisAddress, RedisNode } from './redis-address.ts'

/** Somebody who does not answer by then is passed over. */
const ASK_MS_MAX = 2_000
/** Of those who may be asked; a cluster has at most 1,000 nodes. */
const NODES_MAX = 1_000
const DISCONNECT_MS_MAX = 2_000

/** Whether the answer says that somebody else is to be written to now. */
export function isElsewhere(error: Error): boolean {
  return /^(?:MOVED|READONLY|CLUSTERDOWN|MASTERDOWN)\b/.test(error.message)
}

/** What `new Redis(…)` takes as its `Connector`. The address has a `via`. */
export function masterConnector(address: RedisAddress): NonNullable<RedisOptions['Connector']> {
  return class MasterConnector extends AbstractConnector {
    private nodes: readonly RedisNode[] = address.via?.nodes ?? []
    private ended: unknown

    constructor() {
      super(DISCONNECT_MS_MAX)
    }

    /** A Sentinel may still name the one that was master a moment ago. */
    override check({ role }: { readonly role?: string }): boolean {
      return role === undefined || role === 'master'
    }

    /** Every command of a pipeline that is refused asks for it. */
    override disconnect(): void {
      if (this.connecting || this.stream !== this.ended) super.disconnect()
      this.ended = this.stream
    }

    override async connect(): Promise<Socket> {
      this.connecting = true
      const { master, nodes } = await findMaster(address, this.nodes)
      if (!this.connecting) throw new Error('Connection is closed.')
      this.nodes = nodes
      const { host, port } = master
      const { tls } = address
      const stream = tls ? connectTls({ host, port, ...tls }) : createConnection({ host, port })
      stream.once('error', (error) => {
        this.firstError = error
      })
      this.stream = stream
      return stream
    }
  }
}

interface Found {
  readonly master: RedisNode
  /** Whom to ask the next time, the one who knew first. */
  readonly nodes: readonly RedisNode[]
}

async function findMaster(address: RedisAddress, nodes: readonly RedisNode[]): Promise<Found> {
  for (const node of nodes) {
    const found = await ask(address, node)
    if (found === undefined) continue
    const known = new Map<string, RedisNode>()
    for (const one of [node, ...found.nodes, ...nodes]) known.set(`${one.host} ${one.port}`, one)
    return { master: found.master, nodes: [...known.values()].slice(0, NODES_MAX) }
  }
  const [first, ...others] = nodes
  return { master: first!, nodes: [...others, first!] } // an address names one at least
}

/** Undefined where it does not answer, or does not know. */
async function ask(address: RedisAddress, node: RedisNode): Promise<Found | undefined> {
  const { via, host: _host, port: _port, path: _path, db: _db, ...login } = address
  const isSentinel = via?.kind === 'sentinel'
  const options = { ...node, ...(isSentinel ? via.login : login) }
  try {
    return await askRedis(options, ASK_MS_MAX, async (client) => {
      if (isSentinel) {
        return named(await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', via.service))
      }
      const tag = via?.shard ?? ''
      const slot = Number(await client.cluster('KEYSLOT', `{${tag}}`))
      return ownerOf(slot, await client.cluster('SLOTS'), node)
    })
  } catch {
    return undefined // another is asked
  }
}

function named(answer: unknown): Found | undefined {
  if (!Array.isArray(answer)) return undefined
  const [host, port] = answer
  return { master: { host: String(host), port: Number(port) }, nodes: [] }
}

/** Reads `CLUSTER SLOTS`: ranges of slots with their nodes, the master first. */
function ownerOf(slot: number, answer: unknown, asked: RedisNode): Found | undefined {
  let master: RedisNode | undefined
  const nodes: RedisNode[] = []
  for (const [from, to, ...members] of answer as [number, number, ...[string | null, number][]][]) {
    for (const [nth, [host, port]] of members.entries()) {
      // A node that does not know its own name leaves it out.
      const node = { host: host || asked.host, port }
      nodes.push(node)
      if (nth === 0 && from <= slot && slot <= to) master = node
    }
  }
  return master && { master, nodes }
}
