import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/agent/context.ts'
import type { Place } from '../../src/agent/trail.ts'
import type { Readings } from '../../src/baselines/index.ts'
import { NOT_SHARED } from '../../src/detectors/detector.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { random } from '../../src/math/random.ts'
import { Replay } from '../../src/offline/replay.ts'
import { noteShared, sharedIn } from '../../src/scoring/shared.ts'
import { thresholdSchema } from '../../src/scoring/threshold.ts'
import type { Tools } from '../../src/scoring/tools.ts'
import { blankReadings, eventOf, START_MS } from '../support/life.ts'

const AT_MS = Math.floor(START_MS / DAY_MS) * DAY_MS + HOUR_MS
const GROWN = 30 * DAY_MS
const KEYS = { container: 7, resource: 8 }

/** What an agent reads of a place, as new to it as given. */
function resourcesOf(nats: number, isNew = true): Readings['resources'] {
  const { resources } = blankReadings()
  Object.assign(resources.container, { key: KEYS.container, nats, isNew })
  return resources
}

/** A tenant's places after members of these kinds took one up, `agoMs` ago. */
function takenUp(kinds: readonly string[], agoMs = 0, nats = 6, ageMs = GROWN): Tools {
  const tenant: Tools = new Map()
  for (const kind of kinds) noteShared(tenant, kind, resourcesOf(nats), AT_MS - agoMs, ageMs)
  return tenant
}

const heldFrom = (tenant: Tools, resources = resourcesOf(6), trail: readonly Place[] = []) =>
  sharedIn(trail, KEYS, resources, tenant, 'own', AT_MS)
const TWO = ['mail', 'sales']
const THREE = [...TWO, 'support']

describe('a place that is new to an agent', () => {
  it('is shared where three other kinds took it up, and the more the more odd', () => {
    expect(heldFrom(takenUp(TWO))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(THREE))).toEqual({ nats: 8, kinds: 3 })
    expect(heldFrom(takenUp([...THREE, 'own', 'own']))).toEqual({ nats: 8, kinds: 3 })
    expect(heldFrom(takenUp([...THREE, 'legal']))).toEqual({ nats: 9, kinds: 4 })
  })

  it('is not where one kind took it up, as a roll-out brings it', () => {
    expect(heldFrom(takenUp(['own', 'own', 'own']))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(['mail', 'mail', 'mail']))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(['mail', 'mail', 'own', 'own']))).toBe(NOT_SHARED)
  })

  it('is shared with those of today and the day before alone', () => {
    expect(heldFrom(takenUp(THREE, DAY_MS)).kinds).toBe(3)
    expect(heldFrom(takenUp(THREE, 2 * DAY_MS))).toBe(NOT_SHARED)
  })

  it('counts where it is odd to whom it is new, who is no newcomer', () => {
    expect(heldFrom(takenUp(THREE, 0, 4))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(THREE, 0, 6, 6 * DAY_MS))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(THREE), resourcesOf(4))).toBe(NOT_SHARED)
    expect(heldFrom(takenUp(THREE), resourcesOf(6, false))).toBe(NOT_SHARED)
  })

  it('goes on being shared for the day on which it was taken up', () => {
    const place = (firstMs: number): Place => ({
      key: KEYS.container,
      nats: 5,
      trust: 0,
      firstMs,
      day: 0,
      days: 1,
      uses: 1,
      isSent: false,
    })
    const known = resourcesOf(1, false)
    expect(heldFrom(takenUp([...THREE, 'legal']), known, [place(AT_MS - HOUR_MS)])).toEqual({
      nats: 7.5,
      kinds: 4,
    })
    expect(heldFrom(takenUp(THREE), known, [place(AT_MS - DAY_MS)])).toBe(NOT_SHARED)
  })
})

describe('a company of six kinds', () => {
  const KINDS = 6
  const EACH = 4
  const AGENTS = KINDS * EACH
  const STRUCK_DAY = 28
  const A_DAY = 3
  const STRUCK: Partial<RawEvent> = {
    action: 'files.read',
    resource: { id: 'sites/shared-notes/plan/brief', type: 'file' },
  }

  /** Its agents' highest scores on the two days on which those struck take up one place, three a day. */
  function strike(struck: readonly number[], muted?: ReadonlySet<string>) {
    const chance = random(11)
    const replay = new Replay({
      threshold: thresholdSchema.parse({}),
      partitions: 2,
      ...(muted === undefined ? {} : { muted }),
    })
    const scores = new Array<number>(AGENTS).fill(0)
    for (let day = 0; day <= STRUCK_DAY + 1; day++) {
      for (let at = 0; at < 72; at++) {
        for (let agent = 0; agent < AGENTS; agent++) {
          const kind = agent % KINDS
          const atMs = START_MS + day * DAY_MS + at * 6 * MINUTE_MS + agent * 1000
          // Everyone now and then gets a folder that is new to it.
          const isErrand = chance.chance(0.002)
          const folder = isErrand ? `errand${chance.integer(0, 1e6)}` : `folder${at % 4}`
          const nth = struck.indexOf(agent)
          const isStruck = at === 6 && nth >= 0 && Math.floor(nth / A_DAY) === day - STRUCK_DAY
          const event = eventOf({
            atMs,
            agent: { id: `one-${agent}`, blueprint: `kind-${kind}` },
            resource: {
              id: `sites/team${kind}/${folder}/item${chance.integer(0, 9)}`,
              type: 'file',
            },
            session: `${agent}-${day}-${at >> 3}`,
            ...(isStruck ? STRUCK : {}),
          })
          const verdict = replay.take(event, { isAlerting: true, frozenMs: undefined })!
          if (day >= STRUCK_DAY) scores[agent] = Math.max(scores[agent]!, verdict.score)
        }
      }
    }
    return struck.map((agent) => scores[agent]!)
  }

  const muted = new Set(['shared-novelty'])
  /** Those of five kinds, and as many of one kind and the next. */
  const SPREAD = [0, 7, 14, 21, 11, 9]
  const ROLLOUT = [0, 6, 12, 18, 1, 7]

  it('has what spreads over its kinds found stranger by it, once it is known of', () => {
    const found = strike(SPREAD)
    const without = strike(SPREAD, muted)
    expect(found.slice(0, A_DAY)).toEqual(without.slice(0, A_DAY))
    for (const late of [3, 4, 5]) expect(found[late]!).toBeGreaterThan(without[late]! + 5)
  })

  it('has a roll-out to one kind, and two more who follow, judged as without it', () => {
    expect(strike(ROLLOUT)).toEqual(strike(ROLLOUT, muted))
  })
})
