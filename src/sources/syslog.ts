/**
 * Syslog: listens for messages over TLS, TCP or UDP, each of which holds JSON or CEF.
 *
 * Syslog answers nothing. What a sender has written may be in memory here, and is lost if this process is
 * killed; while nothing can be taken in, TCP makes senders wait, and datagrams are dropped and counted.
 * A sender that ends its connection and waits for ours to end knows that all it sent is taken in.
 *
 * Source    RFC 5424 and RFC 3164 (messages), RFC 5425 (TLS), RFC 6587 (framing), RFC 5426 (UDP).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TlsOptions } from 'node:tls'
import type { RuntimeLog } from '../runtime/connection.ts'
import type { Arrival, Inlet, Source, SourceKind, SourceParts } from './source.ts'
import { type Listener, listenForConnections } from './syslog-wire/connections.ts'
import { listenForDatagrams } from './syslog-wire/datagrams.ts'
import { createInbox, type Inbox, type Kept } from './syslog-wire/inbox.ts'
import { type SyslogSourceConfig, syslogSchema, tlsOf } from './syslog-wire/options.ts'
import { peerCheck } from './syslog-wire/peers.ts'
import { rarely } from './syslog-wire/rarely.ts'

/** Between two tries to listen, or to hand on what was received, in ms. */
const RETRY_MS = 2_000

export const syslog: SourceKind<SyslogSourceConfig> = {
  type: 'syslog',
  title: 'Syslog (TLS, TCP or UDP)',
  schema: syslogSchema,
  open: openSyslog,
}

function openSyslog(config: SyslogSourceConfig, { log }: SourceParts): Source {
  const { name, bufferedBytesMax } = config
  const listen = listenerOf(config, tlsOf(config), log)
  let isReading = false
  let trouble: string | undefined = 'it does not listen yet'
  let inbox: Inbox | undefined

  /** Tries until it is done; undefined where it is to stop before. */
  async function patiently<Done>(work: () => Promise<Done>, signal: AbortSignal) {
    for (;;) {
      try {
        const done = await work()
        trouble = undefined
        return done
      } catch (error) {
        if (signal.aborted) return undefined
        trouble = (error as Error).message
        log.warn({ source: name, why: trouble }, 'a source cannot be read')
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** Hands all on until the inbox is closed and empty, or what is left cannot be. */
  async function handOn(from: Inbox, to: Listener, inlet: Inlet, signal: AbortSignal) {
    for (;;) {
      const batch = await from.next()
      if (batch.length === 0) return
      const arrivals = batch.map(arrivalOf)
      const taken = await patiently(async () => {
        await inlet.take(arrivals)
        return true
      }, signal)
      if (taken === undefined) return
      if (from.done(batch)) to.resume()
    }
  }

  return {
    name,
    async read(inlet, signal) {
      isReading = true
      const received = createInbox(bufferedBytesMax)
      const listener = await patiently(() => listen(received, () => inlet.lost(1)), signal)
      if (listener === undefined) return
      inbox = received
      const stop = () => {
        listener.stop()
        received.close()
      }
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
      await handOn(received, listener, inlet, signal)
      const left = received.waits()
      await listener.close(left === 0)
      if (left === 0) return
      inlet.lost(left)
      log.warn({ source: name, messages: left }, 'messages are lost: nothing could be taken in')
    },
    async check() {
      if (isReading) return trouble
      try {
        const listener = await listen(createInbox(bufferedBytesMax), () => {})
        listener.stop()
        await listener.close(false)
        return undefined
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        return code === 'EADDRINUSE' ? undefined : message // most likely it is read there already
      }
    },
    lag: async () => inbox?.waits(),
  }
}

/** Listens as configured; throws what the operating system says where that is not possible. */
function listenerOf(config: SyslogSourceConfig, tls: TlsOptions | undefined, log: RuntimeLog) {
  const { name: source, messageMs: begunMs, transport, ...where } = config
  const tell = rarely((times, last) => {
    log.warn({ source, times, last }, 'a sender of syslog was refused')
  })
  const tellDropped = rarely((times) => {
    log.warn({ source, times }, 'datagrams were dropped: too much waits to be taken in')
  })
  const options = {
    ...where,
    isAllowed: peerCheck(config.peers),
    refused: (address = 'unknown', why: string) => tell(`${address}: ${why}`),
  }
  return (into: Inbox, lost: () => void): Promise<Listener> => {
    if (transport !== 'udp') return listenForConnections({ ...options, tls, begunMs }, into)
    const dropped = () => {
      lost()
      tellDropped('')
    }
    return listenForDatagrams({ ...options, dropped }, into)
  }
}

function arrivalOf(message: Kept): Arrival {
  const place = message.from
  return 'body' in message ? { place, body: message.body } : { place, problem: message.reason }
}
