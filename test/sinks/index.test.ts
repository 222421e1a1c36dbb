import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openSink, sinkKinds } from '../../src/sinks/index.ts'
import { anAlert, startReceiver } from './receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'perimeter-sinks-'))
const receiver = await startReceiver((_request, response) => response.writeHead(200).end())

/** A configuration that works here, for every kind on the shelf. */
const configs: Record<string, Record<string, unknown>> = {
  webhook: {
    url: receiver.url,
    secrets: [`whsec_${randomBytes(32).toString('base64')}`],
    allowHttp: true,
    allowPrivate: ['127.0.0.1'],
  },
  file: { path: join(folder, 'alerts.ndjson') },
}

afterAll(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true })
})

describe.each(sinkKinds.map(({ type }) => type))('every sink: %s', (type) => {
  const open = () => openSink({ type, name: 'mine', ...configs[type] })

  it('says that it could deliver, delivers, and delivers again', async () => {
    const sink = open()
    expect(sink.name).toBe('mine')
    expect(await sink.check()).toBeUndefined()
    expect(await sink.send(anAlert(), { number: 1 })).toEqual({ kind: 'delivered' })
    expect(await sink.send(anAlert(), { number: 2 })).toEqual({ kind: 'delivered' })
    await sink.close()
  })

  it('says what is wrong with a configuration, and shows none of it', () => {
    const secret = 'whsec_not-to-be-shown'
    expect(() => openSink({ type, ...configs[type], secrets: [secret], extra: 1 })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining(secret),
      }),
    )
  })
})

it('names the kinds there are where one is not known', () => {
  for (const config of [{ type: 'pigeon' }, {}, null, undefined, 'webhook', { type: {} }]) {
    expect(() => openSink(config)).toThrow(/expected one of "webhook", "file"/)
  }
})
