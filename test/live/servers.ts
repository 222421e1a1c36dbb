/** Redis servers of a test's own: single ones, a cluster, a master with replicas and Sentinels. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RedisAddress } from '../../src/runtime/redis-address.ts'
import { findRedisProgram } from '../../src/runtime/redis-program.ts'

const READY_MS_MAX = 30_000
const SLOTS = 16_384

type Login = Pick<RedisAddress, 'tls'>

export interface TestServer {
  readonly port: number
  readonly process: ChildProcess
  /** Opens a connection, closed with the servers. */
  connect(): Redis
  /** As by a power cut. */
  kill(): Promise<void>
}

export interface TestServers {
  start(options?: Readonly<Record<string, string>>, login?: Login): Promise<TestServer>
  /** A Sentinel that watches over the master `main`, alone. */
  startSentinel(master: TestServer): Promise<TestServer>
  /** Ends all of them and removes their files. */
  stop(): Promise<void>
}

export async function openServers(): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-servers-'))
  const processes: ChildProcess[] = []
  const clients: Redis[] = []

  async function run(port: number, args: readonly string[], login: Login) {
    const { program } = await findRedisProgram()
    if (program === undefined) throw new Error('This test needs redis-server or valkey-server.')
    const argv0 = args.includes('--sentinel') ? 'redis-sentinel' : program.actsAs
    const child = spawn(program.file, args, { argv0, stdio: 'ignore', cwd: folder })
    processes.push(child)
    const connect = () => {
      const client = new Redis({ port, host: '127.0.0.1', ...login })
      client.on('error', () => {}) // it is killed in the middle of things
      clients.push(client)
      return client
    }
    const client = connect()
    await until(async () => (await client.ping()) === 'PONG')
    client.disconnect()
    const kill = async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    return { port, process: child, connect, kill }
  }

  return {
    async start(options = {}, login = {}) {
      const port = await freePort()
      const ports = login.tls ? { port: '0', 'tls-port': String(port) } : { port: String(port) }
      const own = { ...ports, dir: folder, save: '', dbfilename: `${port}.rdb` }
      const args = Object.entries({ ...own, ...options }).flatMap(([name, value]) =>
        value === '' ? [`--${name}`, ''] : [`--${name}`, ...value.split(' ')],
      )
      return run(port, args, login)
    },
    async startSentinel(master) {
      const port = await freePort()
      const file = join(folder, `sentinel-${port}.conf`)
      await writeFile(
        file,
        `port ${port}
sentinel monitor main 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 3000
`,
      )
      return run(port, [file, '--sentinel'], {})
    },
    async stop() {
      for (const client of clients) client.disconnect()
      const running = processes.filter((one) => one.exitCode === null && one.signalCode === null)
      const ended = running.map((one) => once(one, 'exit'))
      for (const one of running) one.kill('SIGKILL')
      await Promise.all(ended)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Three masters, and a replica for each. Every server knows all. */
export async function startCluster(servers: TestServers, options = {}): Promise<TestServer[]> {
  const settings = { ...options, 'cluster-enabled': 'yes', 'cluster-node-timeout': '1000' }
  const nodes: TestServer[] = []
  for (let nth = 0; nth < 6; nth++) {
    nodes.push(await servers.start({ ...settings, 'cluster-config-file': `nodes-${nth}.conf` }))
  }
  const clients = nodes.map((node) => node.connect())
  const share = Math.ceil(SLOTS / 3)
  for (const [nth, client] of clients.entries()) {
    await client.cluster('MEET', '127.0.0.1', nodes[0]!.port)
    if (nth >= 3) continue
    const last = Math.min((nth + 1) * share, SLOTS) - 1
    await client.cluster('ADDSLOTSRANGE', nth * share, last)
  }
  const ids = await Promise.all(clients.map((client) => client.cluster('MYID')))
  for (const [nth, client] of clients.slice(3).entries()) {
    await until(async () => (await client.cluster('REPLICATE', ids[nth]!)) === 'OK')
  }
  await until(async () => {
    const infos = await Promise.all(clients.map((client) => client.cluster('INFO')))
    const roles = await Promise.all(clients.slice(3).map((client) => client.info('replication')))
    return (
      infos.every((info) => /cluster_state:ok/.test(info) && /known_nodes:6/.test(info)) &&
      roles.every((info) => /master_link_status:up/.test(info))
    )
  })
  return nodes
}

/** Asks again and again; an error is a no. */
export async function until(question: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + READY_MS_MAX
  for (;;) {
    const answer = await question().catch((error: unknown) => error)
    if (answer === true) return
    if (performance.now() > endMs) throw new Error(`Not within ${READY_MS_MAX} ms: ${answer}.`)
    await sleep(50)
  }
}

/** Below those that a system gives out by itself, so that nobody gets it in between. */
const PORT_MIN = 10_000
/** Also the port 10,000 above, which a cluster's bus takes, is below them. */
const PORTS = 12_000

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_MIN + Math.floor(PORTS * Math.random())
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
