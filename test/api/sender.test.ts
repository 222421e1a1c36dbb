import { afterEach, describe, expect, it } from 'vitest'
import { type SenderOptions, sendEvents } from '../../src/api/sender.ts'
import { EngineError } from '../../src/errors.ts'
import type { Event } from '../../src/event/event.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { QuotaExceeded } from '../../src/runtime/quotas.ts'
import { anEvent, keys, serve } from './serve.ts'

const running: Awaited<ReturnType<typeof serve>>[] = []
afterEach(async () => {
  for (const { server } of running.splice(0)) await server.close()
})

async function start(...parts: Parameters<typeof serve>) {
  const served = await serve(...parts)
  running.push(served)
  const stop = new AbortController()
  const delays: string[] = []
  const options: SenderOptions = {
    url: `${served.base}/`,
    key: keys.shipper,
    signal: stop.signal,
    delayed: (why) => delays.push(why),
  }
  return { ...served, options, delays, stop }
}

const some = (count: number, change = {}): Event[] =>
  Array.from({ length: count }, () => {
    const read = parseEvent(anEvent(change))
    if ('reject' in read) throw new Error(read.reject.reason)
    return read.event
  })

describe('events are sent', () => {
  it('as they were before they were read, and counted', async () => {
    const { options, accepted } = await start()
    const events = some(3, { note: 'kept' })
    expect(await sendEvents(events, options)).toMatchObject({ accepted: 3, rejected: 0 })
    expect(accepted).toEqual(events)
    expect(await sendEvents([], options)).toMatchObject({ accepted: 0 })
  })

  it('again when the receiver can take them, and why is told', async () => {
    const answers = [
      new EngineError('QUEUE_FULL', 'Too much waits.'),
      new QuotaExceeded('default', 'eventsPerS', 'has had its share.', 100),
    ]
    const taken: string[] = []
    const { options, delays } = await start({
      accept: async (events) => {
        const refusal = answers.shift()
        if (refusal !== undefined) throw refusal
        taken.push(...events.map(({ id }) => id))
        return {}
      },
    })
    const events = some(2)
    expect(await sendEvents(events, options)).toMatchObject({ accepted: 2 })
    expect(taken).toEqual(events.map(({ id }) => id))
    expect(delays).toEqual([
      expect.stringContaining('answers 503: Too much waits.'),
      expect.stringContaining('answers 429'),
    ])
  })

  it('once the receiver is there', async () => {
    const first = await start()
    const { port } = new URL(first.base)
    await first.server.close()
    const sending = sendEvents(some(1), first.options)
    while (first.delays.length === 0) await new Promise((done) => setTimeout(done, 20))
    const second = await serve({})
    running.push(second)
    first.stop.abort()
    expect(await sending).toBeUndefined()
    expect(first.delays[0]).toContain(`${port}`)
    const options = { ...first.options, url: second.base, signal: new AbortController().signal }
    expect(await sendEvents(some(1), options)).toMatchObject({ accepted: 1 })
  })

  it('in parts where all at once are too many, and one that is too large is rejected', async () => {
    const { options, accepted } = await start({}, { inflatedBytesMax: 2_000 })
    const events = [...some(20), ...some(1, { note: 'x'.repeat(3_000) }), ...some(20)]
    const sent = await sendEvents(events, options)
    expect(sent).toMatchObject({ accepted: 40, rejected: 1, errors: [{ path: '$' }] })
    expect(accepted.map(({ id }) => id)).toEqual(
      events.filter((event) => !('note' in event)).map(({ id }) => id),
    )
  })

  it('and what is of another tenant is rejected, in part or whole', async () => {
    const { options } = await start()
    const own = { ...options, key: keys.acme }
    const strangers = some(2, { tenant: 'other' })
    const errors = expect.arrayContaining([expect.objectContaining({ path: '$.tenant' })])
    expect(await sendEvents(strangers, own)).toMatchObject({ accepted: 0, rejected: 2, errors })
    expect(await sendEvents([...strangers, ...some(1)], own)).toMatchObject({
      accepted: 1,
      rejected: 2,
    })
  })

  it('not at all with a key that is not known', async () => {
    const { options, delays } = await start()
    await expect(sendEvents(some(1), { ...options, key: 'nonsense' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('answers 401: The API key is not known.'),
    })
    expect(delays).toEqual([])
  })
})
