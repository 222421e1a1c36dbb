/** What many agents meet at once is told from what one meets alone: outages, and silences. */
import { beforeAll, describe, expect, it } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../src/agent/context.ts'
import type { AtHand } from '../src/alert/at-hand.ts'
import { detectors } from '../src/detectors/index.ts'
import { agentKey } from '../src/engine.ts'
import type { Event } from '../src/event/event.ts'
import { random } from '../src/math/random.ts'
import { Replay } from '../src/offline/replay.ts'
import { thresholdSchema } from '../src/scoring/threshold.ts'
import { eventOf, START_MS } from './support/life.ts'

const OPTIONS = { threshold: thresholdSchema.parse({}), partitions: 8 }
const LIVE = { isAlerting: true, frozenMs: undefined }
const AGENTS = 50
const HOURS = 7 * 24
const ONE = 'worker-07'
const ACTIONS = ['orders.list', 'orders.read', 'stock.read', 'orders.update'] as const

type Trouble = (agent: string, hour: number) => 'none' | 'fails' | 'silent'

/** Workers around the clock: some runs an hour, each of four calls; what fails is tried again and again. */
function work(fromHour: number, toHour: number, trouble: Trouble): Event[] {
  const rng = random(fromHour + 5)
  const events: Event[] = []
  for (let hour = fromHour; hour < toHour; hour++) {
    for (let nth = 0; nth < AGENTS; nth++) {
      const id = `worker-${String(nth).padStart(2, '0')}`
      const met = trouble(id, hour)
      if (met === 'silent') continue
      for (let run = 0; run < 2 + (rng.chance(0.3) ? 1 : 0); run++) {
        let atMs =
          START_MS + hour * HOUR_MS + Math.floor((run * 19 + rng.between(0, 15)) * MINUTE_MS)
        for (const action of ACTIONS) {
          const fails = rng.chance(met === 'fails' ? 0.9 : 0.0005)
          for (let attempt = 0; attempt < (fails ? 15 : 1); attempt++) {
            atMs += rng.integer(2000, 5000)
            events.push(
              eventOf({
                atMs,
                agent: { id, blueprint: 'order-worker' },
                action,
                resource: { id: `shop/orders/${rng.integer(0, 500)}` },
                outcome: fails ? 'failure' : 'success',
                session: `${id}-${hour}-${run}`,
              }),
            )
          }
        }
      }
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs)
}

let saved: ReturnType<Replay['save']>
beforeAll(() => {
  const replay = new Replay(OPTIONS)
  for (const event of work(0, HOURS, () => 'none')) replay.take(event, LIVE)
  saved = replay.save()
})

interface Seen {
  /** The strongest of each detector's findings on the one agent, by name, in nats of an agent-day. */
  readonly strongest: ReadonlyMap<string, number>
  readonly alerts: number
}

/** What is found of the one agent from an hour on, where time goes on like this. */
function seenOfOne(events: readonly Event[], fromHour: number): Seen {
  const replay = Replay.load(OPTIONS, saved)
  const strongest = new Map<string, number>()
  let alerts = 0
  for (const event of events) {
    const verdict = replay.take(event, LIVE)
    if (event.agent.id !== ONE || event.atMs < START_MS + fromHour * HOUR_MS) continue
    if (verdict?.alert !== undefined) alerts++
    const { hand } = replay.engineFor(agentKey(event)) as unknown as { hand: AtHand }
    const { judgement } = hand
    detectors.forEach(({ name }, channel) => {
      strongest.set(name, Math.max(strongest.get(name) ?? 0, judgement.daySurprises[channel]!))
    })
  }
  return { strongest, alerts }
}

const isIn = (hour: number, hours: number) => hour >= HOURS && hour < HOURS + hours

describe('an outage', () => {
  /** The one is hit two hours after its peers: what these tell is shared where epochs end. */
  const during = (peers: Trouble) =>
    seenOfOne(
      work(HOURS, HOURS + 4, (agent, hour) => {
        if (agent !== ONE) return peers(agent, hour)
        return hour < HOURS + 2 ? 'none' : 'fails'
      }),
      HOURS,
    )

  it('of one agent is an oddity, of all at once none', () => {
    const alone = during(() => 'none')
    const all = during(() => 'fails')
    for (const name of ['odd-outcome', 'repeated-action', 'event-burst']) {
      expect(alone.strongest.get(name), name).toBeGreaterThan(3)
      expect(all.strongest.get(name), name).toBeLessThan(0.5 * alone.strongest.get(name)!)
    }
    expect(alone.alerts).toBeGreaterThan(0)
    expect(all.alerts).toBe(0)
  })
})

describe('a silence', () => {
  const back = (whom: (agent: string) => boolean) =>
    seenOfOne(
      work(HOURS, HOURS + 18, (agent, hour) => (isIn(hour, 14) && whom(agent) ? 'silent' : 'none')),
      HOURS,
    )

  it('of one agent that is always active is found when it is back, of all at once it is not', () => {
    const alone = back((agent) => agent === ONE)
    const all = back(() => true)
    expect(alone.strongest.get('gone-quiet')).toBeGreaterThan(4)
    expect(all.strongest.get('gone-quiet')).toBe(0)
  })
})
