import { describe, expect, it } from 'vitest'
import type { KeptEvent } from '../../src/alert/evidence.ts'
import { candidates, factsOf, fitting, techniquesOf, told } from '../../src/alert/taxonomy.ts'
import { detectors } from '../../src/detectors/index.ts'
import { keptEvent } from '../support/kept-event.ts'

const names = detectors.map(({ name }) => name)
/** What these detectors and events may be, the likeliest first. */
const mayBe = (found: string[], ...events: Partial<KeptEvent>[]) =>
  fitting(factsOf(found, events.map(keptEvent))).map(({ candidate, level }) => [
    candidate.id,
    level,
  ])

describe('candidates', () => {
  it.each(names)('know what %s speaks for', (name) => {
    expect(candidates.filter((one) => one.detectors.includes(name))).not.toEqual([])
  })

  it('name no detector that is not on the shelf', () => {
    for (const { id, detectors: voices } of candidates) {
      expect(
        voices.filter((name) => !names.includes(name)),
        id,
      ).toEqual([])
      expect(new Set(voices).size, id).toBe(voices.length)
    }
    expect(new Set(candidates.map(({ id }) => id)).size).toBe(candidates.length)
  })

  it.each(candidates.map((candidate) => [candidate.id, candidate] as const))(
    '%s gives ids of the three catalogues, and a step that names what it is told',
    (_, candidate) => {
      const { attack, atlas, owasp } = told({ candidate, level: 'low', because: [] })
      for (const list of [attack, atlas, owasp]) expect(list.length).toBeGreaterThan(0)
      const subject = { agent: 'A1', sponsor: 'S1', action: 'X1', resource: 'R1', trigger: 'T1' }
      const step = candidate.step({ ...subject, peers: 'P1' })
      expect(step).toMatch(/^[A-Z][^\n]+\.$/)
      expect(step).toMatch(/[ASXRTP]1/)
      expect(candidate.title).toMatch(/^[a-z]/)
    },
  )

  it('follow from detectors and events together', () => {
    const denied = { outcome: 'denied' } as const
    expect(mayBe(['shadow-agent'])[0]).toEqual(['shadow-agent', 'high'])
    expect(mayBe(['new-client', 'new-address'])[0]).toEqual(['stolen-credential', 'high'])
    expect(mayBe(['refusal-burst', 'new-resource'], denied)[0]![0]).toBe('access-probing')
    const purge = { action: 'backups.delete', resource: 'backups/eu' }
    expect(mayBe(['odd-privilege', 'rare-action'], purge)[0]).toEqual(['destruction', 'high'])
    const logging = { action: 'cloudtrail.StopLogging', resource: 'trail/main' }
    expect(mayBe(['odd-privilege'], logging)[0]![0]).toBe('logging-off')
    const guardrails = { action: 'guardrails.disable', resource: 'guardrails/pii' }
    expect(mayBe(['unheard-of'], guardrails)[0]![0]).toBe('guardrail-change')
    const sent = { action: 'mail.send', resource: 'mail/x@else.example', trigger: 'event inbox' }
    expect(mayBe(['new-destination'], sent)[0]![0]).toBe('injected-exfiltration')
    const asked = { action: 'approvals.request', resource: 'approvals/lead' }
    expect(mayBe(['repeated-action'], asked)[0]![0]).toBe('approval-fatigue')
  })

  it('say little where little speaks', () => {
    expect(mayBe([])).toEqual([])
    expect(mayBe(['long-session'])).toEqual([['runaway-loop', 'low']])
    expect(mayBe(['event-burst', 'new-user'])).not.toContainEqual(['destruction', 'low'])
  })
})

it('techniques are listed once, by the ids of both versions of ATT&CK', () => {
  const both = fitting(
    factsOf(['odd-privilege', 'rare-action'], [keptEvent({ action: 'audit.stop' })]),
  )
  const ids = techniquesOf([...both, ...both].map(told))
  expect(ids.attackV18).toContain('T1562.008')
  expect(ids.attackV19).toContain('T1685.002')
  expect(ids.attackV19).not.toContain('T1562.008')
  for (const list of Object.values(ids)) expect(new Set(list).size).toBe(list.length)
})
