import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { masked, parseConfig, readConfig, variableOf } from '../src/config.ts'
import { sinkKinds } from '../src/sinks/index.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-config-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileWith(value: unknown): Promise<string> {
  const file = join(folder, 'config.json')
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

/** The lines with which a configuration is refused. */
async function problems(value: unknown, env: Record<string, string> = {}): Promise<string[]> {
  try {
    await readConfig(await fileWith(value), env)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message.split('\n')
  }
  return []
}

describe('a configuration', () => {
  it('is complete with nothing set', () => {
    expect(parseConfig({})).toMatchObject({
      dataDir: '.perimeter',
      redis: { url: '', prefix: 'perimeter' },
      stream: { partitions: 8 },
      http: { host: '127.0.0.1', port: 8787, keys: [], limits: { bodyBytesMax: 16_777_216 } },
      worker: { leaseMs: 5_000 },
      sinks: [],
      threshold: { falseAgentDaysPerThousand: 20 },
      log: { level: 'info' },
    })
  })

  it('takes the environment before the file', async () => {
    const file = await fileWith({ http: { port: 1000 }, stream: { partitions: 4 } })
    const { config, strays } = await readConfig(file, {
      PERIMETER_HTTP_PORT: '2000',
      PERIMETER_REDIS_INSTALL: 'true',
      PERIMETER_DELIVERY_RETRY_MS: '[1,2]',
      PERIMETER_REGISTRY: 'agents.json',
      PERIMETER_HTTP_LIMITS_BODY_BYTES_MAX: '2048',
      PERIMETER_TYPO: 'x',
      REDIS_URL: 'redis://somewhere:1',
    })
    expect(config).toMatchObject({
      http: { port: 2000, limits: { bodyBytesMax: 2048 } },
      stream: { partitions: 4 },
      redis: { install: true, url: 'redis://somewhere:1' },
      delivery: { retryMs: [1, 2] },
      registry: 'agents.json',
    })
    expect(strays).toEqual(['PERIMETER_TYPO'])
    expect(variableOf(['stream', 'queueJobsMax'])).toBe('PERIMETER_STREAM_QUEUE_JOBS_MAX')
  })

  it('prefers its own variable to REDIS_URL', async () => {
    const { config } = await readConfig(await fileWith({}), {
      PERIMETER_REDIS_URL: 'redis://own:1',
      REDIS_URL: 'redis://common:1',
    })
    expect(config.redis.url).toBe('redis://own:1')
  })

  it('need not have a file, unless one was named', async () => {
    await expect(readConfig(undefined, {})).resolves.toBeDefined()
    const named = readConfig(join(folder, 'none.json'), {})
    await expect(named).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/none\.json does not exist/),
    })
  })
})

describe('a configuration that is not valid', () => {
  it('is refused with a line for each problem: where, what was expected, what is there', async () => {
    expect(
      await problems({
        htpp: {},
        http: { port: 70_000, keys: [{ name: 'x', role: 'boss', env: 'X' }] },
        stream: { partitions: '8' },
        threshold: { falseAgentDaysPerThousand: 0 },
        log: { level: 'loud' },
      }),
    ).toEqual([
      'stream.partitions: expected a number, got "8".',
      'http.port: expected at most 65535, got 70000.',
      'http.keys[0].role: expected one of ingest, reader, analyst, admin, got "boss".',
      'threshold.falseAgentDaysPerThousand: expected 0.01 or more, got 0.',
      'log.level: expected one of debug, info, warn, error, silent, got "loud".',
      'htpp: there is no such option.',
    ])
  })

  it('says which variable is wrong in the same words', async () => {
    expect(await problems({}, { PERIMETER_HTTP_PORT: 'many' })).toEqual([
      'http.port: expected a number, got "many".',
    ])
  })

  it('names what is wrong with a sink of a known type, and the types there are', async () => {
    const webhook = { type: 'webhook', url: 'http://example.com', secrets: ['whsec_short'] }
    const found = await problems({ sinks: [webhook, { type: 'pigeon' }] })
    expect(found).toContain(
      `sinks[1].type: expected one of ${sinkKinds.map(({ type }) => type).join(', ')}, got "pigeon".`,
    )
    expect(found.join('\n')).toContain('sinks[0].secrets[0]: expected whsec_ and base64')
    expect(found.join('\n')).not.toContain('whsec_short')
  })

  it('does not take two sinks of one name, nor an address that is none', async () => {
    const file = { type: 'file', path: 'x' }
    expect(await problems({ sinks: [file, file], redis: { url: 'http://u:pass@h' } })).toEqual([
      'redis.url: REDIS_URL begins http:: expected redis://, rediss://, unix:///path, redis+cluster:// or redis+sentinel://.',
      'sinks[1].name: expected a name of its own, got "file" again.',
    ])
  })

  it('names for a key or a source only a format that there is', async () => {
    const key = { name: 'a', role: 'ingest', hash: `sha256:${'ab'.repeat(32)}` }
    const map = { id: 'i', time: 't', agent: { id: 'a' }, action: 'x', resource: { id: 'r' } }
    const formats = [{ name: 'gateway', map }]
    const keys = ['auto', 'ocsf', 'gateway', 'nope'].map((format) => ({ ...key, format }))
    const sources = [{ type: 'redis-stream', stream: 's', format: 'none' }]
    expect(await problems({ http: { keys }, sources, formats })).toEqual([
      expect.stringMatching(
        /^http\.keys\[3\]\.format: No format is called "nope"; known are .*gateway/,
      ),
      expect.stringMatching(/^sources\[0\]\.format: No format is called "none"/),
    ])
  })

  it('has to be a JSON object', async () => {
    expect(await problems('{"http":')).toEqual([
      expect.stringMatching(/config\.json is not JSON: /),
    ])
    expect(await problems([])).toEqual([expect.stringMatching(/expected a JSON object/)])
  })

  it('cannot reach into what all objects share', async () => {
    expect(await problems('{"__proto__":{"polluted":1}}')).toEqual([
      '__proto__: there is no such option.',
    ])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

it('knows the variables that hold secrets of sinks, and shows where those lie, not what they are', async () => {
  const type = 'splunk'
  const url = 'https://splunk.example.com:8088'
  const token = { env: 'PERIMETER_SPLUNK_TOKEN' }
  const pagerduty = { type: 'pagerduty', routingKey: 'R0123456789abcdefghijklmnopqrst1' }
  const file = await fileWith({ sinks: [{ type, url, token }, pagerduty] })
  const { config, strays } = await readConfig(file, { PERIMETER_SPLUNK_TOKEN: 'x' })
  expect(strays).toEqual([])
  const shown = JSON.stringify(masked(config))
  expect(shown).toContain('"token":{"env":"PERIMETER_SPLUNK_TOKEN"}')
  expect(shown).not.toContain(pagerduty.routingKey)
  expect(await problems({ sinks: [{ type, url, token: 7 }] })).toEqual([
    'sinks[0].token: expected a text of printable ASCII without spaces, or {"env": "NAME"}, or {"file": "path"}.',
  ])
})

it('what is shown hides what is secret', () => {
  const kafka = { type: 'kafka', brokers: ['host:4'], topics: ['t'] }
  const shown = JSON.stringify(
    masked(
      parseConfig({
        redis: { url: 'redis://user:passw0rd@host:1/2' },
        http: { keys: [{ name: 'x', role: 'ingest', hash: `sha256:${'ab'.repeat(32)}` }] },
        sinks: [{ type: 'webhook', url: 'https://example.com/h?token=t0ken', secrets: [SECRET] }],
        sources: [
          { type: 'redis-stream', stream: 's', url: 'rediss://:pa55word@host:3' },
          { ...kafka, username: 'u', password: 'p4ssword' },
        ],
      }),
    ),
  )
  for (const secret of ['passw0rd', SECRET, 'abab', 't0ken', 'pa55word', 'p4ssword'])
    expect(shown).not.toContain(secret)
  expect(shown).toContain('host:1/2')
  expect(shown).toContain('example.com/(hidden)')
})
