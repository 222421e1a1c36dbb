import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { actions } from '../../src/baselines/actions.ts'
import { eventOf, learnAll, momentsOf, nobody, START_MS, shelf } from '../support/life.ts'

const baseline = shelf.find(([name]) => name === 'actions')![1]

/** Sessions that search, then read, then write; day by day. */
const days = Array.from({ length: 30 }, (_, day) =>
  ['search', 'read', 'write'].map((action, at) =>
    eventOf({ atMs: START_MS + day * DAY_MS + at, action, session: `s${day}` }),
  ),
).flat()

/** The last of these actions, in a session of their own, as the agent reads it. */
function readLast(...names: string[]) {
  const session = names.map((action, at) =>
    eventOf({ atMs: START_MS + 30 * DAY_MS + at, action, session: 'last' }),
  )
  const moments = momentsOf([...days, ...session])
  const memory = actions.blank('agent')
  learnAll(baseline, memory, moments.slice(0, days.length))
  return actions.read(memory, nobody(baseline) as never, moments.at(-1)!)
}

describe('actions', () => {
  it('are new or known', () => {
    expect(readLast('delete').action).toMatchObject({ isNew: true, known: 3 })
    expect(readLast('read').action.isNew).toBe(false)
    expect(readLast('delete').action.nats).toBeGreaterThan(readLast('read').action.nats)
  })

  it('surprise in another order, though each is known', () => {
    expect(readLast('search', 'read').stepNats).toBeLessThan(0.5)
    expect(readLast('search', 'write').stepNats).toBeGreaterThan(1.5)
    expect(readLast('search', 'write').isNewStep).toBe(true)
    expect(readLast('search').stepNats).toBeLessThan(readLast('write').stepNats)
  })
})
