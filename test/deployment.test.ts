/** The files that a system is brought up with, held against what the program knows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createHealthServer } from '../src/api/health-server.ts'
import { createKeyRing } from '../src/api/keys.ts'
import { createMetricsRegistry } from '../src/api/metrics.ts'
import { readConfig } from '../src/config.ts'
import { parseRedisUrl } from '../src/runtime/redis-url.ts'
import { within } from './cli/command.ts'

const ROOT = new URL('../', import.meta.url)
const textOf = (file: string) => readFileSync(new URL(file, ROOT), 'utf8')
const { scripts, bin } = JSON.parse(textOf('package.json'))

interface Part {
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly configs?: readonly { readonly source: string }[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly deploy?: { readonly replicas: number }
  readonly healthcheck?: unknown
}
interface Compose {
  readonly services: Readonly<Record<string, Part>>
  readonly configs: Readonly<Record<string, { readonly content: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const compose = parse(textOf('compose.yaml'), { merge: true }) as Compose
const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined)

/** As compose fills a text in: `${NAME:-default}`, and `${NAME:?complaint}` from what is set. */
function filled(text: string, set: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\{(\w+):([-?])([^}]*)\}/g,
    (_, name: string, how: string, rest: string) => {
      const value = set[name]
      if (value === undefined && how === '?') throw new Error(rest)
      return value ?? rest
    },
  )
}

interface Instruction {
  readonly word: string
  readonly rest: string
}

/** What a Dockerfile says, a line each, comments and breaks of lines gone. */
function instructionsOf(text: string): Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ', 1)[0]!, rest: line.slice(line.indexOf(' ') + 1) }))
}
const docker = instructionsOf(textOf('Dockerfile'))
const all = (word: string) => docker.filter((one) => one.word === word).map(({ rest }) => rest)
const variables = Object.fromEntries(
  all('ENV').flatMap((rest) => rest.split(/ +/).map((pair) => pair.split('=', 2))),
) as Record<string, string>

describe('compose.yaml', () => {
  it.each(ours)('%s runs a command there is, with options there are', async (_, service) => {
    expect(service.command).toHaveLength(1)
    const help = await within([...service.command!, '--help'], tmpdir())
    expect(help).toMatchObject({ code: 0, err: '' })
    const key = 'a-key-as-long-as-is-asked-for'
    const env: Record<string, string> = { ...variables }
    for (const [name, text] of Object.entries(service.environment ?? {})) {
      env[name] = filled(text, { PERIMETER_INGEST_KEY: key })
    }
    const { config, strays } = await readConfig(undefined, env)
    expect(strays).toEqual([])
    expect(config.http.port).toBe(8787)
    expect(createKeyRing(config.http.keys, env).holderOf(key)?.role).toBe(
      service.command![0] === 'serve' ? 'ingest' : undefined,
    )
    const { host } = parseRedisUrl(config.redis.url)
    expect(compose.services).toHaveProperty(host!)
    expect(service.depends_on).toHaveProperty(host!)
    expect(compose.services[host!]!.healthcheck).toBeDefined()
  })

  it('has workers that can be scaled, and an ingest that asks for its key', () => {
    const { worker, serve } = compose.services
    expect(worker!.deploy!.replicas).toBeGreaterThan(1)
    expect(worker!.ports).toBeUndefined() // two cannot have one port of the machine
    expect(() => filled(serve!.environment!.PERIMETER_INGEST_KEY!, {})).toThrow(/set it/)
    for (const [, { ports = [] }] of Object.entries(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    }
  })

  it('keeps everything in Redis, and evicts nothing', () => {
    const { command = [], volumes } = compose.services.redis!
    expect(command[command.indexOf('--appendonly') + 1]).toBe('yes')
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction')
    expect(volumes).toContain('redis:/data')
  })

  it('names volumes, configurations and files that exist', () => {
    for (const { volumes = [], configs = [] } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const from = volume.split(':', 1)[0]!
        if (from.startsWith('.')) expect(existsSync(new URL(from, ROOT)), from).toBe(true)
        else expect(compose.volumes).toHaveProperty(from)
      }
      for (const { source } of configs) expect(compose.configs).toHaveProperty(source)
    }
  })

  it('has Prometheus look where our processes answer', () => {
    const { scrape_configs: jobs } = parse(compose.configs.prometheus!.content)
    const [{ names, port, type }] = jobs[0].dns_sd_configs
    expect(names.sort()).toEqual(ours.map(([name]) => name).sort())
    expect(type).toBe('A')
    expect([variables.PERIMETER_HTTP_PORT, variables.PERIMETER_WORKER_PORT]).toEqual(
      [port, port].map(String),
    )
    const { datasources } = parse(compose.configs.datasource!.content)
    expect(compose.services).toHaveProperty(new URL(datasources[0].url).hostname)
    const { providers } = parse(compose.configs.dashboards!.content)
    const { path } = providers[0].options
    expect(compose.services.grafana!.volumes!.some((one) => one.includes(`:${path}/`))).toBe(true)
  })
})

describe('the Dockerfile', () => {
  it('copies what is there, and what .dockerignore lets through', () => {
    const passed = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const used = new Set<string>()
    for (const rest of all('COPY').filter((one) => !one.startsWith('--from='))) {
      for (const source of rest.split(' ').slice(0, -1)) {
        expect(existsSync(new URL(source, ROOT)), source).toBe(true)
        expect(passed).toContain(source)
        used.add(source)
      }
    }
    expect([...used].sort()).toEqual([...passed].sort())
  })

  it('has stages that are there, of one image, and runs scripts that are there', () => {
    const stages = all('FROM').map((rest) => /^(\S+)(?: AS (\w+))?$/.exec(rest)!)
    expect(new Set(stages.map(([, image]) => image)).size).toBe(1)
    expect(stages[0]![1]).toMatch(/^node:\d+-/)
    const names = stages.map(([, , name]) => name)
    for (const rest of all('COPY')) {
      const from = /^--from=(\w+)/.exec(rest)?.[1]
      if (from !== undefined) expect(names).toContain(from)
    }
    for (const rest of all('RUN')) {
      const script = /npm run (\S+)/.exec(rest)?.[1]
      if (script !== undefined) expect(scripts).toHaveProperty(script)
      if (rest.includes('npm ci')) expect(rest).toContain('--ignore-scripts')
    }
  })

  it('runs our command, by a user who is not root, in a folder that is his', () => {
    expect(JSON.parse(all('ENTRYPOINT')[0]!)).toEqual(['node', bin.perimeter])
    expect(all('USER').at(-1)).toBe('node')
    expect(all('VOLUME')).toEqual([variables.PERIMETER_DATA_DIR])
    expect(all('RUN').join()).toContain(`chown node:node ${variables.PERIMETER_DATA_DIR}`)
    const order = docker.map(({ word }) => word)
    expect(order.lastIndexOf('USER')).toBeGreaterThan(order.lastIndexOf('RUN'))
  })

  it('sets options that there are', async () => {
    const { config, strays } = await readConfig(undefined, variables)
    expect(strays).toEqual([])
    expect(config.worker).toMatchObject({ host: '0.0.0.0', port: config.http.port })
    expect(all('EXPOSE')).toEqual([String(config.http.port)])
  })

  it('knows a process that lives from one that does not', async () => {
    const command = all('HEALTHCHECK')[0]!
    const words = JSON.parse(command.slice(command.indexOf('['))) as string[]
    expect(words[0]).toBe('node')
    // Not waited for in one go: the server it asks is in this process.
    const check = async (port: number): Promise<number> => {
      const child = spawn(process.execPath, words.slice(1), {
        env: { ...process.env, PERIMETER_HTTP_PORT: String(port) },
      })
      const [code] = await once(child, 'exit')
      return code
    }
    const server = createHealthServer({ readiness: {}, registry: createMetricsRegistry() })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    const port = Number(new URL(url).port)
    expect(await check(port)).toBe(0)
    await server.close()
    expect(await check(port)).toBe(1)
  })
})
