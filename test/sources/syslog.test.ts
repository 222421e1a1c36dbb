/** The syslog source, against real sockets; test/conformance has the programs that send to it. */
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { openSource } from '../../src/sources/index.ts'
import type { Arrival, Inlet } from '../../src/sources/source.ts'
import { freePort, until } from '../live/servers.ts'
import { selfSigned } from '../sinks/certificates.ts'

const { cert, key } = selfSigned()
const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

function told(body: Buffer | object): unknown {
  try {
    return JSON.parse(String(body))
  } catch {
    return String(body)
  }
}

/** An inlet that keeps what it takes, and takes nothing while its gate is closed. */
function inlet() {
  const taken: Arrival[] = []
  let lost = 0
  let gate: Promise<void> = Promise.resolve()
  let open = () => {}
  const into: Inlet = {
    async take(arrivals) {
      await gate
      taken.push(...arrivals)
      return arrivals.map(() => ({ accepted: 1, skipped: 0, rejected: 0, reason: undefined }))
    },
    lost(count) {
      lost += count
    },
  }
  return {
    into,
    taken,
    lost: () => lost,
    /** As JSON where it is that, else as text. */
    bodies: () => taken.map((one) => ('body' in one ? told(one.body) : one.problem)),
    closeGate(failure?: Error) {
      gate = new Promise((resolve, reject) => {
        open = failure === undefined ? resolve : () => reject(failure)
      })
      gate.catch(() => {})
    },
    openGate: () => open(),
  }
}

async function start(change: object = {}) {
  const port = await freePort()
  const config = { type: 'syslog', transport: 'tcp', port, ...change }
  const parts = { address: undefined, log: pino({ level: 'silent' }) }
  const source = openSource(config, parts)
  const ending = new AbortController()
  const received = inlet()
  const reading = source.read(received.into, ending.signal)
  const stop = async () => {
    ending.abort()
    await reading
  }
  stops.push(stop)
  await until(async () => (await source.check()) === undefined)
  return { port, source, stop, ...received }
}

/** A connection that may be cut at once. */
async function dial(port: number, tls?: object): Promise<Socket> {
  const socket =
    tls === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: 'localhost', ca: cert, ...tls })
  socket.on('error', () => {})
  stops.push(() => socket.destroy())
  await new Promise((resolve) => {
    socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve).once('close', resolve)
  })
  return socket
}

/** Says all, ends the connection, and waits until the other side has ended it too. */
async function say(port: number, text: string | Buffer, tls?: object): Promise<void> {
  const socket = await dial(port, tls)
  socket.end(text)
  await closed(socket)
}

const message = (id: string) => `<13>Dec  1 00:32:45 host agent: {"id":"${id}"}`
const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`

/** However it came to that. */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return
  await new Promise((resolve) => socket.resume().once('close', resolve))
}

describe('over TCP', () => {
  it('messages are taken in their order, with the address they came from', async () => {
    const { port, taken, bodies } = await start()
    await say(port, `${message('1')}\n${counted(message('2'))}${message('3')}\r\n`)
    expect(bodies()).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }])
    expect(new Set(taken.map(({ place }) => place))).toEqual(new Set(['127.0.0.1']))
  })

  it('what cannot be used is set aside with its reason, and the rest is read', async () => {
    const { port, bodies } = await start({ messageBytesMax: 1_024 })
    await say(
      port,
      `<13>sshd: hello\n${'x'.repeat(5_000)}\n${counted('y'.repeat(5_000))}${message('1')}\n`,
    )
    await say(port, Buffer.from([0, 1, 255, 254, 10]))
    await say(port, `99 ${message('torn')}`)
    await say(port, `${message('whole')}`)
    expect(bodies()).toEqual([
      'hello',
      expect.stringMatching(
        /^expected a message of at most 1024 bytes, got more; it begins with "xxx/,
      ),
      expect.stringMatching(
        /^expected a message of at most 1024 bytes, got 5000; it begins with "yyy/,
      ),
      { id: '1' },
      'expected UTF-8 text, got other bytes',
      expect.stringMatching(/^the connection ended inside it; it begins with "99 /),
      { id: 'whole' },
    ])
  })

  it('a sender whose messages cannot be told apart is not listened to any more', async () => {
    const { port, bodies } = await start()
    const socket = await dial(port)
    socket.write(`12x${message('1')}\n`)
    await closed(socket)
    await until(async () => bodies().length === 1)
    expect(bodies()).toEqual([
      expect.stringMatching(/^expected the length of the message and a space/),
    ])
  })

  it('a sender waits while nothing can be taken in, and nothing of his is lost', async () => {
    const { port, source, closeGate, openGate, bodies } = await start({
      bufferedBytesMax: 1_048_576,
    })
    closeGate()
    const socket = await dial(port)
    const texts = Array.from(
      { length: 40_000 },
      (_, nth) => `${message(String(nth).padStart(400, '0'))}\n`,
    )
    socket.end(texts.join(''))
    let before = -1
    await until(async () => {
      const waits = (await source.lag())!
      const isSteady = waits > 0 && waits === before
      before = waits
      return isSteady
    })
    expect(before).toBeLessThan(2_000)
    expect(socket.closed).toBe(false)
    openGate()
    await closed(socket)
    expect(bodies()).toEqual(texts.map((_, nth) => ({ id: String(nth).padStart(400, '0') })))
    expect(await source.lag()).toBe(0)
  })

  it.each([
    ['that never ends its message', { messageMs: 1_000 }, 'x'],
    ['that says nothing', { idleMs: 1_000 }, ''],
  ])('a sender %s is not waited for', async (_, limits, drop) => {
    const { port } = await start(limits)
    const socket = await dial(port)
    const dripping = setInterval(() => socket.write(drop), 100)
    await closed(socket)
    clearInterval(dripping)
  })

  it('no more connections are open than may be', async () => {
    const { port, bodies } = await start({ connectionsMax: 1 })
    const first = await dial(port)
    first.write(`${message('1')}\n`)
    await until(async () => bodies().length === 1)
    await closed(await dial(port))
    first.end()
    await closed(first)
    await say(port, `${message('2')}\n`)
    expect(bodies()).toEqual([{ id: '1' }, { id: '2' }])
  })

  it('only peers are listened to', async () => {
    const strict = await start({ peers: ['10.0.0.0/8', '::1'] })
    const socket = await dial(strict.port)
    socket.write(`${message('1')}\n`)
    await closed(socket)
    const open = await start({ peers: ['127.0.0.0/8'] })
    await say(open.port, `${message('1')}\n`)
    expect([strict.bodies(), open.bodies()]).toEqual([[], [{ id: '1' }]])
  })
})

describe('when it is to stop', () => {
  it('takes in what it has read, and tells of what was not whole', async () => {
    const { port, source, stop, closeGate, openGate, bodies, lost } = await start()
    closeGate()
    const socket = await dial(port)
    socket.write(`${message('1')}\n${message('2')}\n99 <13>torn`)
    await until(async () => (await source.lag()) === 2)
    const stopped = stop()
    openGate()
    await stopped
    expect(bodies()).toEqual([{ id: '1' }, { id: '2' }, expect.stringContaining('ended inside it')])
    expect(lost()).toBe(0)
    await closed(socket)
  })

  it.each([
    ['TCP', {}, undefined],
    ['TLS', { transport: 'tls', cert, privateKey: key }, {}],
  ])('counts what it could not hand on, and cuts connections over %s', async (_, change, tls) => {
    const { port, source, stop, closeGate, openGate, bodies, lost } = await start(change)
    closeGate(new Error('nothing can be taken in'))
    const socket = await dial(port, tls)
    socket.end(`${message('1')}\n${message('2')}\n`)
    await until(async () => (await source.lag()) === 2)
    const cut = new Promise((resolve) => socket.once('error', resolve))
    const stopped = stop()
    openGate()
    await stopped
    expect(await cut).toMatchObject({ code: 'ECONNRESET' })
    expect(bodies()).toEqual([])
    expect(lost()).toBe(2)
  })
})

describe('over TLS', () => {
  it('a sender need not say who it is, unless it has to', async () => {
    const tls = { transport: 'tls', cert, privateKey: key }
    const open = await start(tls)
    await say(open.port, counted(message('1')), {})
    expect(open.bodies()).toEqual([{ id: '1' }])
    const strict = await start({ ...tls, ca: cert })
    await say(strict.port, counted(message('1')), {})
    expect(strict.bodies()).toEqual([])
    await say(strict.port, counted(message('1')), { cert, key })
    expect(strict.bodies()).toEqual([{ id: '1' }])
    const foreign = await start({ ...tls, peers: ['10.0.0.1'] })
    await say(foreign.port, counted(message('1')), {})
    expect(foreign.bodies()).toEqual([])
  })

  it('who speaks none, or breaks off, harms nobody', async () => {
    const { port, bodies, stop } = await start({ transport: 'tls', cert, privateKey: key })
    const plain = await dial(port)
    plain.write(`${message('plain')}\n`)
    await closed(plain)
    const torn = await dial(port)
    torn.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])) // a greeting begins so
    torn.resetAndDestroy()
    const silent = await dial(port)
    await say(port, counted(message('1')), {})
    expect(bodies()).toEqual([{ id: '1' }])
    await stop()
    await closed(silent)
  })

  it('is not begun with a certificate that is none, or without one', () => {
    const open = (config: object) => () =>
      openSource(
        { type: 'syslog', ...config },
        { address: undefined, log: pino({ level: 'silent' }) },
      )
    expect(open({})).toThrow(/expected a certificate for the transport tls/)
    expect(open({ cert: 'none', privateKey: key })).toThrow(
      /Source "syslog": cert, privateKey or ca/,
    )
    expect(open({ cert, privateKey: key, transport: 'udp' })).toThrow(/expected tls where/)
    expect(open({ transport: 'tcp', host: 'somewhere' })).toThrow(/expected an IP address/)
    expect(open({ transport: 'tcp', peers: ['10.0.0.0/33'] })).toThrow(
      /expected an address or a CIDR/,
    )
  })
})

it('over UDP takes a message a datagram, and counts those there is no room for', async () => {
  const settings = { transport: 'udp', bufferedBytesMax: 1_048_576, messageBytesMax: 50_000 }
  const { port, source, closeGate, openGate, bodies, lost } = await start(settings)
  const socket = createSocket('udp4')
  stops.push(() => socket.close())
  const send = (text: string) =>
    new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve))
  await send(message('1'))
  await send('x'.repeat(60_000))
  await until(async () => bodies().length === 2)
  closeGate()
  let sent = 0
  await until(async () => {
    for (let burst = 0; burst < 5; burst++, sent++) await send(message('y'.repeat(40_000)))
    return lost() > 0
  })
  openGate()
  await until(async () => (await source.lag()) === 0)
  expect(bodies().slice(0, 2)).toEqual([{ id: '1' }, expect.stringContaining('got 60000')])
  expect(bodies().length - 2 + lost()).toBe(sent)
})

it('can tell that it could listen, and what stands in the way', async () => {
  const parts = { address: undefined, log: pino({ level: 'silent' }) }
  const port = await freePort()
  const here = openSource({ type: 'syslog', transport: 'tcp', port }, parts)
  expect(await here.check()).toBeUndefined()
  const nowhere = openSource({ type: 'syslog', transport: 'tcp', port, host: '192.0.2.1' }, parts)
  expect(await nowhere.check()).toMatch(/EADDRNOTAVAIL/)
})
