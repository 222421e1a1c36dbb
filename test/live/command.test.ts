import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { streamOf } from './stream.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname
let folder: string
let children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-command-'))
})
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  children = []
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function perimeter(words: string[], env: Record<string, string> = {}) {
  const { REDIS_URL: _, ...own } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...words], {
    cwd: folder,
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, said, ended }
}

async function says(one: ReturnType<typeof perimeter>, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(one.said.out)
    if (found !== null) return found[1] ?? found[0]
    const isOver = await Promise.race([
      once(one.child.stdout, 'data').then(() => false),
      one.ended.then(() => true),
    ])
    if (isOver) throw new Error(`It ended and said: ${one.said.out}${one.said.err}`)
  }
}

describe('perimeter', () => {
  it('ends with 2 where it is used wrongly, and with 0 where help was asked for', async () => {
    const runs = [['--help'], ['fly'], ['start', '--wings'], ['config', 'check']]
    const codes = await Promise.all(runs.map((words) => perimeter(words).ended))
    expect(codes).toEqual([0, 2, 2, 0])
  })

  it('ends with 1 and a line for each problem where the configuration is not valid', async () => {
    const file = join(folder, 'bad.json')
    await writeFile(file, JSON.stringify({ http: { port: 'x' }, nonsense: 1 }))
    const run = perimeter(['config', 'check', '--config', file])
    expect(await run.ended).toBe(1)
    expect(run.said.err.trim().split('\n')).toEqual([
      'perimeter: http.port: expected a number, got "x".',
      'perimeter: nonsense: there is no such option.',
    ])
    expect(run.said.out).toBe('')
  })

  it('starts with nothing configured, takes events, and stops in good order', async () => {
    const env = { PERIMETER_HTTP_PORT: '0', PERIMETER_LOG_LEVEL: 'warn' }
    const first = perimeter(['start'], env)
    const key = await says(first, /API key, shown this once: (\S+)/)
    const url = await says(first, /HTTP: (http:\S+)/)
    const send = (to: string) =>
      fetch(`${to}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: streamOf(50)
          .map((event) => JSON.stringify(event))
          .join('\n'),
      })
    expect(await (await send(url)).json()).toMatchObject({ accepted: 50, rejected: 0 })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.said.err).toBe('')
    const file = join(folder, '.perimeter', 'api-key.json')
    expect(await readFile(file, 'utf8')).not.toContain(key)
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    // The same key is good for the next start, which does not show it.
    const second = perimeter(['start'], env)
    const again = await says(second, /HTTP: (http:\S+)/)
    expect((await send(again)).status).toBe(200)
    expect(second.said.out).not.toContain(key)
    second.child.kill('SIGINT')
    expect(await second.ended).toBe(0)
  })

  it('says in one line that the port is taken', async () => {
    const env = { PERIMETER_HTTP_PORT: '0', PERIMETER_LOG_LEVEL: 'warn' }
    const first = perimeter(['serve'], env)
    const url = await says(first, /HTTP: (http:\S+)/)
    const second = perimeter(['serve'], { ...env, PERIMETER_HTTP_PORT: new URL(url).port })
    expect(await second.ended).toBe(1)
    expect(second.said.err).toMatch(/^perimeter: http\.port: \S+ is in use; .*\n$/)
  })
})
