/** Stage: a private Redis, the service, workers and a sender with its receiver, each a process. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { hashKey } from '../../../src/api/keys.ts'
import { parseConfig } from '../../../src/config.ts'
import { keysAt } from '../../../src/runtime/keys.ts'
import { type AcquiredRedis, acquireRedis } from '../../../src/runtime/redis.ts'
import type { Order, SenderSetting, Told } from './sender.ts'

const COMMAND = resolve('dist/cli/main.js')
const SENDER = fileURLToPath(new URL(`./sender${extname(import.meta.url)}`, import.meta.url))
/** So high that a short run has alerts enough to tell how long they take. */
const FALSE_AGENT_DAYS_PER_THOUSAND = 100

export interface StageOptions {
  readonly folder: string
  readonly days: number
}

export class Stage {
  readonly keys
  readonly partitions: number
  readonly client: Redis
  readonly workers: ChildProcess[] = []
  service: ChildProcess | undefined
  /** What the sender tells. */
  heard: (told: Told) => void = () => {}
  private readonly folder: string
  private readonly redis: AcquiredRedis
  private readonly sender: ChildProcess
  private readonly key: string
  private url = ''

  private constructor(
    folder: string,
    redis: AcquiredRedis,
    parts: { sender: ChildProcess; key: string; prefix: string; partitions: number; shard: string },
  ) {
    this.folder = folder
    this.redis = redis
    this.sender = parts.sender
    this.key = parts.key
    this.partitions = parts.partitions
    this.keys = keysAt(parts)
    this.client = new Redis(redis.connection)
    this.sender.on('message', (told: Told) => this.heard(told))
  }

  /** Everything but the service and the workers. */
  static async open({ folder: tenant, days }: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'perimeter-live-'))
    const redis = await acquireRedis({ url: '', dataDir: join(folder, '.perimeter') })
    const { stream, redis: asked } = parseConfig({})
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    const key = randomBytes(24).toString('base64url')
    const file = join(tenant, 'events.ndjson')
    const setting: SenderSetting = { file, days, partitions: stream.partitions, secret }
    const sender = fork(SENDER, [JSON.stringify(setting)])
    const [ready] = (await once(sender, 'message')) as [Told]
    if (ready.kind !== 'ready') throw new RangeError('The sender did not begin.')
    const sink = {
      ...{ type: 'webhook', url: ready.receiver, secrets: [secret] },
      ...{ allowHttp: true, allowPrivate: ['127.0.0.1'] },
    }
    const config = {
      registry: join(tenant, 'registry.json'),
      http: { keys: [{ name: 'bench', role: 'admin', hash: hashKey(key) }] },
      threshold: { falseAgentDaysPerThousand: FALSE_AGENT_DAYS_PER_THOUSAND },
      sinks: [sink],
      log: { level: 'error' },
    }
    writeFileSync(join(folder, 'perimeter.json'), JSON.stringify(config))
    return new Stage(folder, redis, { sender, key, ...stream, prefix: asked.prefix })
  }

  /** At the same address as before, where there was one. */
  async startService(): Promise<void> {
    const { port } = this.url === '' ? { port: '0' } : new URL(this.url)
    const { child, said } = await this.run('serve', { PERIMETER_HTTP_PORT: port })
    this.service = child
    this.url = /HTTP: (\S+)/.exec(said)![1]! // the service says where it listens
  }

  async addWorker(): Promise<ChildProcess> {
    const { child } = await this.run('worker')
    this.workers.push(child)
    return child
  }

  /** Has events sent; what comes of it is `heard`. Resolves when all are taken in. */
  async send(order: Omit<Order, 'url' | 'key'>): Promise<void> {
    const sent = new Promise<void>((resolve) => {
      this.sender.on('message', function end(this: ChildProcess, told: Told) {
        if (told.kind !== 'sent') return
        this.off('message', end)
        resolve()
      })
    })
    this.sender.send({ ...order, url: this.url, key: this.key } satisfies Order)
    await sent
  }

  /** Processes by what they are. */
  async pids(): Promise<Record<string, number>> {
    const pid = readFileSync(join(this.folder, '.perimeter/redis/redis.pid'), 'utf8')
    const workers = this.workers.map(({ pid }, nth) => [`worker ${nth + 1}`, pid!] as const)
    return {
      sender: this.sender.pid!,
      ...(this.service && { service: this.service.pid! }),
      redis: Number(pid),
      ...Object.fromEntries(workers),
    }
  }

  async end(child: ChildProcess | undefined, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async close(): Promise<void> {
    await Promise.all([this.service, ...this.workers].map((one) => this.end(one)))
    await this.end(this.sender)
    this.client.disconnect()
    await this.redis.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** BENCH_NODE are options for node, such as `--cpu-prof --cpu-prof-dir=/profiles`. */
  private async run(command: 'serve' | 'worker', env: NodeJS.ProcessEnv = {}) {
    const options = (process.env.BENCH_NODE ?? '').split(' ').filter((one) => one !== '')
    const child = spawn(process.execPath, [...options, COMMAND, command], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout! })
    const ended = once(child, 'exit').then(() => {
      throw new RangeError(`perimeter ${command} ended before it was up.`)
    })
    const [said] = await Promise.race([once(lines, 'line'), ended])
    ended.catch(() => {}) // later on it is told to end
    return { child, said: String(said) }
  }
}
