import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alertSchema } from '../../src/alert/alert.ts'
import { SECRET, startHttpCase } from '../sinks/cases.ts'
import { within } from './command.ts'

let cwd: string
const opened: { close(): Promise<void> }[] = []
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-sinks-'))
})
afterAll(async () => {
  for (const one of opened) await one.close()
  await rm(cwd, { recursive: true, force: true })
})

async function run(words: string[], ...sinks: object[]) {
  await writeFile(join(cwd, 'perimeter.json'), JSON.stringify({ sinks }))
  return within(['sinks', ...words], cwd)
}
const play = async (...words: Parameters<typeof startHttpCase>) => {
  const played = await startHttpCase(...words)
  opened.push(played)
  return played
}

it('sends a real alert that says it is a test, and shows what came back', async () => {
  const played = await play('splunk')
  const { code, out, err } = await run(['test', 'mine'], played.config)
  expect(err).toBe('')
  expect(code).toBe(0)
  const { event } = JSON.parse(played.alerts()[0]!.body)
  expect(alertSchema.parse(event).title).toBe('TEST of the sink mine: nothing has happened')
  expect(out.split('\n')).toEqual([
    `test alert ${event.id} to mine (splunk)`,
    `127.0.0.1:${played.receiver.port}: HTTP 200: {"text":"Success","code":0}`,
    'delivered',
    '',
  ])
})

it('ends with 1 and says why where it is not taken, without the secret', async () => {
  const played = await play('splunk', (_, response) =>
    response.writeHead(403).end('{"text":"Invalid token","code":4}'),
  )
  const { code, out, err } = await run(['test', 'mine'], played.config)
  expect(code).toBe(1)
  expect(err).toBe(
    'perimeter: mine: HTTP 403: {"text":"Invalid token","code":4}; it would not be insisted on.\n',
  )
  expect(out + err).not.toContain(SECRET)
})

it('says where such an alert would not go there by itself', async () => {
  const played = await play('splunk')
  const config = { ...played.config, when: { severity: 'high' } }
  expect((await run(['test', 'mine'], config)).out).toContain('"when" does not hold')
  const grave = await run(['test', 'mine', '--severity', 'critical', '--agent', 'a-1'], config)
  expect(grave.out).not.toContain('"when"')
  expect(JSON.parse(played.alerts()[1]!.body).event).toMatchObject({
    severity: 'critical',
    agent: { id: 'a-1' },
  })
})

it('prints the key set of a caep sink, and nothing that is secret', async () => {
  const { config } = await play('caep')
  const { code, out } = await run(['jwks', 'mine'], config)
  expect(code).toBe(0)
  expect(Object.keys(JSON.parse(out).keys[0]).sort()).toEqual([
    'alg',
    'e',
    'kid',
    'kty',
    'n',
    'use',
  ])
  const file = { type: 'file', path: 'alerts.ndjson' }
  expect((await run(['jwks', 'file'], file)).err).toContain('is of type file: expected caep')
})

it('names the sinks there are', async () => {
  const file = { type: 'file', path: 'alerts.ndjson' }
  expect(await run(['test', 'mine'], file)).toMatchObject({
    code: 1,
    err: 'perimeter: No sink is named mine: file.\n',
  })
  expect((await run(['test', 'mine'])).err).toContain('none is configured')
  expect((await run(['test', 'file', '--severity', 'grave'], file)).err).toContain(
    'No severity grave',
  )
})
