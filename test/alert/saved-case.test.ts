import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { blankState, loadState, saveState } from '../../src/alert/agent-state.ts'
import { alertSchema } from '../../src/alert/alert.ts'
import { alertOf, gatherInto, openCase } from '../../src/alert/case.ts'
import { keptOf } from '../../src/alert/evidence.ts'
import { loadCase, saveCase } from '../../src/alert/saved-case.ts'
import { readGolden } from '../golden/memories/memories.ts'
import { eventOf, START_MS } from '../support/life.ts'

const grown = (times: number) => {
  const open = openCase('id', START_MS)
  for (let at = 0; at < times; at++) {
    const event = keptOf(eventOf({ id: `e${at}`, session: 's' }), 1e-4, ['off-hours'])
    const anomaly = { event, session: 's', score: 50, reasons: [], links: ['agent:1'] }
    gatherInto(open, { ...anomaly, severity: 'low' })
  }
  return open
}

/** As version 3 of an agent's state held it: without all that came later. */
const OLD_CASE = {
  id: '9f8b-old',
  revision: 2,
  openedMs: START_MS,
  lastMs: START_MS + 5_000,
  score: 61.5,
  severity: 'high',
  reasons: [
    {
      detector: 'new-area',
      title: 'worked in an area it does not use',
      expected: 'one of 3 areas',
      seen: 'vault, new to it',
      p: 1e-5,
      event: 'e1',
    },
  ],
  first: ['e1', 'e2'],
  latest: [],
  eventCount: 2,
  sessions: ['s1'],
  toldCount: 2,
}

describe('a stored case', () => {
  it('comes back as it was, whatever grew in it since it was packed before', () => {
    const open = grown(3)
    expect(loadCase(saveCase(open))).toEqual(JSON.parse(JSON.stringify(open)))
    gatherInto(open, {
      event: keptOf(eventOf({ id: 'more' }), 1e-5, []),
      session: 'other',
      score: 60,
      severity: 'high',
      reasons: [],
      links: [],
    })
    expect(loadCase(saveCase(open))).toMatchObject({ eventCount: 4, sessions: ['s', 'other'] })
  })

  it('comes back as it was where it was told again, or goes on after a silence, with no more events', () => {
    const open = grown(2)
    saveCase(open)
    open.revision++
    expect(loadCase(saveCase(open))).toMatchObject({ revision: open.revision })
    open.resumedMs = START_MS + 1
    expect(loadCase(saveCase(open))).toMatchObject({ resumedMs: START_MS + 1 })
  })

  it('takes far less room than it would as it is', () => {
    const open = grown(40)
    expect(saveCase(open).length).toBeLessThan(pack(open).length / 3)
  })

  it('that is damaged is refused with the state it lies in', () => {
    const saved = { ...saveState(blankState(START_MS)), case: new Uint8Array([1, 2, 3]) }
    expect(loadCase(new Uint8Array([1, 2, 3]))).toBeUndefined()
    expect(() => loadState(unpack(pack(saved)))).toThrow(/damaged at case/)
  })

  it('of an earlier version is loaded, told and goes on', () => {
    const saved = { ...(readGolden('state.v4.json') as object), version: 3, case: OLD_CASE }
    const open = loadState(unpack(pack(saved))).case!
    const alert = alertOf(open, { id: 'bot' }, 'default', 'v')
    expect(alertSchema.parse(alert)).toEqual(alert)
    expect(alert).toMatchObject({ severity: 'high', evidence: [], confidence: { level: 'medium' } })
    expect(alert.severityWhy).toEqual(['high when it was at its gravest'])
    expect(alert.candidates.length).toBeGreaterThan(0)
    const event = keptOf(eventOf({ id: 'e3' }), 1e-4, [])
    const rest = { session: 's1', score: 20, severity: 'low', reasons: [], links: [] } as const
    gatherInto(open, { event, ...rest })
    expect(open).toMatchObject({ eventCount: 3, severity: 'high', grade: 'low' })
    expect(loadCase(saveCase(open))).toEqual(JSON.parse(JSON.stringify(open)))
  })
})
