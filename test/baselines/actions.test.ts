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
    expect(readLast('search', 'write').step.isNew).toBe(true)
    expect(readLast('search', 'read').step.isNew).toBe(false)
    expect(readLast('search', 'write').step.nats).toBeGreaterThan(1)
    expect(readLast('search').stepNats).toBeLessThan(readLast('write').stepNats)
  })

  it('say nothing of what follows upon what is rare, upon nothing or upon the same', () => {
    // Both steps are new; only from `search` is it known what comes next.
    const [habitual, rare] = [readLast('search', 'write'), readLast('delete', 'write')]
    expect(rare.step).toMatchObject({ isNew: true, nats: 0, tenantNats: 0 })
    expect(habitual.step.nats).toBeGreaterThan(rare.step.nats)
    expect(readLast('write').step.nats).toBe(0)
    expect(readLast('search', 'search').step.nats).toBe(0)
  })

  it('surprise the less where peers take the step', () => {
    const group = actions.blank('group')
    for (let peer = 0; peer < 4; peer++) {
      const session = ['search', 'write'].map((action, at) =>
        eventOf({ atMs: START_MS + at, action, session: 'peer' }),
      )
      learnAll(baseline, actions.blank('agent'), momentsOf([...days, ...session]), [group])
    }
    const last = ['search', 'write'].map((action, at) =>
      eventOf({ atMs: START_MS + 30 * DAY_MS + at, action, session: 'last' }),
    )
    const moments = momentsOf([...days, ...last])
    const memory = actions.blank('agent')
    learnAll(baseline, memory, moments.slice(0, -1))
    const alone = actions.read(memory, nobody(baseline) as never, moments.at(-1)!)
    const kin = { blueprint: undefined, tenant: group }
    expect(actions.read(memory, kin, moments.at(-1)!).stepNats).toBeLessThan(alone.stepNats)
  })
})
