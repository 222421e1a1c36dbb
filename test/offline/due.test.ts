import { describe, expect, it } from 'vitest'
import { addDue, type Due, loadDue, saveDue, takeDue } from '../../src/offline/due.ts'
import { groupKey } from '../../src/scoring/knowledge.ts'

const key = (agent: string, tenant = 'one') => groupKey(tenant, agent)
const listed = (): Due => {
  const due: Due = new Map()
  addDue(due, key('c'), 12)
  addDue(due, key('b'), 10)
  addDue(due, key('a'), 11)
  addDue(due, key('d'), 10)
  addDue(due, key('a', 'other'), 10)
  return due
}

describe('agents that are due', () => {
  it('are those of the tenant whose hour has come, each once, in the order of their keys', () => {
    const due = listed()
    expect(takeDue(due, groupKey('one'), 9)).toEqual([])
    expect(takeDue(due, groupKey('one'), 11)).toEqual([key('a'), key('b'), key('d')])
    expect(takeDue(due, groupKey('one'), 11)).toEqual([])
    expect(takeDue(due, groupKey('one'), 20)).toEqual([key('c')])
    expect(takeDue(due, groupKey('other'), 10)).toEqual([key('a', 'other')])
    expect(takeDue(due, groupKey('none'), 99)).toEqual([])
  })

  it('come back as they were saved', () => {
    const due = loadDue(structuredClone(saveDue(listed())))
    for (const tenant of ['one', 'other']) {
      const its = groupKey(tenant)
      expect(takeDue(due, its, 11)).toEqual(takeDue(listed(), its, 11))
    }
  })
})
