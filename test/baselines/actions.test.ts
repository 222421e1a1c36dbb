import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/agent/context.ts'
import { actions } from '../../src/baselines/actions.ts'
import type { Event } from '../../src/event/event.ts'
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

  it('are little unheard of where they lead back to what the agent knows from what is rare', () => {
    const group = actions.blank('group')
    for (let member = 0; member < 8; member++) {
      const extra = eventOf({ atMs: START_MS + member, action: `extra${member}`, session: 'extra' })
      learnAll(baseline, actions.blank('agent'), momentsOf([...days, extra]), [group])
    }
    const memory = actions.blank('agent')
    learnAll(baseline, memory, momentsOf(days))
    const tenantNats = (...names: string[]) => {
      const session = names.map((action, at) =>
        eventOf({ atMs: START_MS + 30 * DAY_MS + at, action, session: 'last' }),
      )
      const moment = momentsOf([...days, ...session]).at(-1)!
      return actions.read(memory, { blueprint: undefined, tenant: group }, moment).step.tenantNats
    }
    expect(tenantNats('search', 'write')).toBeGreaterThan(0.3)
    expect(tenantNats('delete', 'write')).toBe(0)
    expect(tenantNats('delete', 'drop')).toBeGreaterThan(0.3)
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

describe('longer ways', () => {
  /** Two ways cross: what follows upon `shared` depends on what went before it. */
  const crossed = (days: number): Event[] =>
    Array.from({ length: days }, (_, day) =>
      [
        ['list', 'shared', 'archive'],
        ['query', 'shared', 'send'],
      ].flatMap((names, which) =>
        names.map((action, at) =>
          eventOf({
            atMs: START_MS + day * DAY_MS + which * HOUR_MS + at,
            action,
            session: `s${day}-${which}`,
          }),
        ),
      ),
    ).flat()
  const wayOf = (...names: string[]): Event[] =>
    names.map((action, at) =>
      eventOf({ atMs: START_MS + 20 * DAY_MS + at, action, session: 'last' }),
    )
  /** A group whose members have lived both ways, and what one of them reads at the end of a way. */
  const readIn = (group: ReturnType<typeof actions.blank>, ...names: string[]) => {
    const memory = actions.blank('agent')
    const moments = momentsOf([...crossed(10), ...wayOf(...names)])
    learnAll(baseline, memory, moments.slice(0, -names.length))
    const kin = { blueprint: undefined, tenant: group }
    return actions.read(memory, kin, moments.at(-1)!)
  }
  const groupOf = (members: number) => {
    const group = actions.blank('group')
    for (let member = 0; member < members; member++) {
      learnAll(baseline, actions.blank('agent'), momentsOf(crossed(10)), [group])
    }
    return group
  }

  it('tell what follows where the last action alone does not', () => {
    const group = groupOf(4)
    const usual = readIn(group, 'list', 'shared', 'archive')
    const bent = readIn(group, 'list', 'shared', 'send')
    expect(bent).toMatchObject({ isStart: false, step: { isNew: false }, reach: 3 })
    expect(bent.stepNats).toBeGreaterThan(usual.stepNats + 1.5)
    const blind = readIn(actions.blank('group'), 'list', 'shared', 'send')
    expect(bent.stepNats).toBeGreaterThan(blind.stepNats + 1)
    expect(blind.reach).toBe(1)
  })

  it('are no news any more once taken often, unless they surprise', () => {
    const group = groupOf(4)
    expect(readIn(group, 'list', 'shared', 'archive').isNews).toBe(false)
    expect(readIn(group, 'list', 'shared', 'send').isNews).toBe(true)
    expect(readIn(group, 'list', 'query').isNews).toBe(true)
  })

  it('are learned where they surprise, until they do not', () => {
    const group = groupOf(4)
    const before = readIn(group, 'list', 'shared', 'send').stepNats
    for (let nth = 0; nth < 12; nth++) {
      const memory = actions.blank('agent')
      const moments = momentsOf([...crossed(10), ...wayOf('list', 'shared', 'send')])
      learnAll(baseline, memory, moments.slice(0, -3))
      const kin = { blueprint: undefined, tenant: group }
      for (const moment of moments.slice(-3)) {
        actions.learn(memory, [group], moment, 1, actions.read(memory, kin, moment))
      }
    }
    expect(readIn(group, 'list', 'shared', 'send').stepNats).toBeLessThan(before - 0.7)
  })

  it('cost an agent nothing, and come back from rest in a group', () => {
    const group = groupOf(2)
    const again = actions.load(structuredClone(actions.save(group)), 'group')
    const read = readIn(group, 'list', 'shared', 'send')
    expect(readIn(again, 'list', 'shared', 'send')).toEqual(read)
    const tallies = (holder: 'agent' | 'group') => actions.blank(holder).layout.sizesMax.length
    expect(tallies('group') - tallies('agent')).toBe(2)
  })
})
