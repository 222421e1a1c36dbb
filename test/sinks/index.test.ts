import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openSink, sinkSchema } from '../../src/sinks/index.ts'
import { secretVariables } from '../../src/sinks/secret.ts'
import { SECRET, startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

it('names the kinds there are where one is not known', () => {
  for (const config of [{ type: 'pigeon' }, {}, null, undefined, 'webhook', { type: {} }]) {
    expect(() => openSink(config)).toThrow(/expected one of "webhook", "splunk"/)
  }
})

describe('a secret that lies elsewhere', () => {
  const file = join(tmpdir(), `perimeter-secret-${process.pid}`)
  const splunk = { type: 'splunk', url: 'https://splunk.example:8088' }
  afterEach(() => {
    delete process.env.PERIMETER_TEST_TOKEN
    rmSync(file, { force: true })
  })

  it('is read from the environment or a file when the sink is opened', async () => {
    process.env.PERIMETER_TEST_TOKEN = SECRET
    writeFileSync(file, `${SECRET}\n`)
    for (const token of [{ env: 'PERIMETER_TEST_TOKEN' }, { file }, SECRET]) {
      const played = await startHttpCase('splunk')
      const sink = openSink({ ...played.config, token })
      expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
      expect(played.alerts()[0]!.headers.authorization).toBe(`Splunk ${SECRET}`)
      await sink.close()
      await played.close()
    }
  })

  it('is missed by the name of its place, and never shown', () => {
    const problem = (token: unknown) => () => openSink({ ...splunk, token })
    expect(problem({ env: 'PERIMETER_TEST_TOKEN' })).toThrow(
      'token: the variable PERIMETER_TEST_TOKEN is not set.',
    )
    expect(problem({ file: '/nowhere/token' })).toThrow(/^token: cannot be read: ENOENT/)
    process.env.PERIMETER_TEST_TOKEN = `${SECRET}\r\nx-forged: 1`
    expect(problem({ env: 'PERIMETER_TEST_TOKEN' })).toThrow(
      'token: the variable PERIMETER_TEST_TOKEN holds no such thing: expected a text of printable ASCII without spaces.',
    )
    expect(problem('two words')).toThrow(/expected a text of printable ASCII without spaces/)
    expect(problem(7)).toThrow(/or {"env": "NAME"}, or {"file": "path"}/)
  })

  it('tells which variables are its', () => {
    const config = sinkSchema.parse({ ...splunk, token: { env: 'SPLUNK_TOKEN' } })
    expect(secretVariables(config)).toEqual(['SPLUNK_TOKEN'])
  })
})
