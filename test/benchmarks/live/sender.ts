/**
 * Sender: the world outside, in a process of its own. It posts events at a given rate, whether or not
 * they are answered in time, and receives the alerts.
 *
 * A request counts from when it was due, so that one that had to wait for others is not flattered.
 */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { openReceiver } from '../../../src/cli/receiver.ts'
import { EVENTS_PER_REQUEST, feed } from './feed.ts'

/** Requests under way at once; a shipper that is behind waits for answers. */
const REQUESTS_MAX = 16
/** How long it is remembered when an event was sent. */
const REMEMBERED_MS = 60_000
const AGAIN_MS = 50

export interface SenderSetting {
  readonly file: string
  readonly days: number
  readonly partitions: number
  /** Of the webhook. */
  readonly secret: string
}

/** To the sender. */
export interface Order {
  readonly url: string
  readonly key: string
  /** Events a second. */
  readonly rate: number
  readonly seconds: number
}

/** From the sender; moments are epoch ms. */
export type Told =
  | { readonly kind: 'ready'; readonly receiver: string }
  | {
      readonly kind: 'answered'
      readonly dueMs: number
      readonly atMs: number
      readonly given: readonly number[]
    }
  | { readonly kind: 'alert'; readonly latencyMs: number }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'sent'; readonly requests: number }

const tell = (told: Told) => process.send!(told)
const nowMs = () => performance.timeOrigin + performance.now()

const setting = JSON.parse(process.argv[2]!) as SenderSetting
const requests = feed(setting.file, setting.partitions, setting.days)
const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_MAX })

/** When an event was due to be sent, in two generations, the older of which is forgotten. */
let older = new Map<string, number>()
let newer = new Map<string, number>()
let turnedMs = nowMs()

const receiver = await openReceiver(setting.secret, ({ events }) => {
  const atMs = nowMs()
  const id = events.at(-1)!
  const dueMs = newer.get(id) ?? older.get(id)
  if (dueMs !== undefined) tell({ kind: 'alert', latencyMs: atMs - dueMs })
})
requests.next() // reads the file
process.on('message', (order: Order) => {
  send(order).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit())
tell({ kind: 'ready', receiver: receiver.url })

async function send(order: Order): Promise<void> {
  const count = Math.max(1, Math.round((order.rate * order.seconds) / EVENTS_PER_REQUEST))
  const everyMs = (order.seconds * 1_000) / count
  const startMs = nowMs()
  let free = REQUESTS_MAX
  let wake: (() => void) | undefined
  const answered: Promise<void>[] = []
  for (let nth = 0; nth < count; nth++) {
    const dueMs = startMs + nth * everyMs
    const { body, ids, given } = requests.next().value
    const earlyMs = dueMs - nowMs()
    if (earlyMs > 0) await sleep(earlyMs)
    while (free === 0) await new Promise<void>((resolve) => (wake = resolve))
    free--
    if (nowMs() - turnedMs > REMEMBERED_MS) {
      older = newer
      newer = new Map()
      turnedMs = nowMs()
    }
    for (const id of ids) newer.set(id, dueMs)
    answered.push(
      post(order, body).then(() => {
        tell({ kind: 'answered', dueMs, atMs: nowMs(), given })
        free++
        wake?.()
      }),
    )
  }
  await Promise.all(answered)
  tell({ kind: 'sent', requests: count })
}

/** Sent again until it is taken. */
async function post({ url, key }: Order, body: string): Promise<void> {
  for (;;) {
    const status = await new Promise<number>((resolve) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' }
      const one = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
      })
      one.on('error', () => resolve(0)) // it is killed in the middle of things
      one.end(body)
    })
    if (status === 200) return
    tell({ kind: 'refused', status })
    await sleep(AGAIN_MS)
  }
}
