import { expect, it } from 'vitest'
import { addRoom, ROOM_PER_JOB, roomOf } from '../../src/runtime/tenant-room.ts'
import { eventOf } from '../support/life.ts'

const of = (tenant: string, count: number) =>
  Array.from({ length: count }, () => eventOf({ tenant, agent: { id: 'a' }, action: 'files.read' }))

it('splits a job among the tenants whose events it holds', () => {
  expect([...roomOf([])]).toEqual([])
  expect([...roomOf(of('a', 1))]).toEqual([['a', ROOM_PER_JOB]])
  const [a, b] = [...roomOf([...of('a', 300), ...of('b', 100)])]
  expect([a, b]).toEqual([
    ['a', 0.75 * ROOM_PER_JOB],
    ['b', 0.25 * ROOM_PER_JOB],
  ])
})

it('counts nobody as taking nothing, and all together as no less than the job', () => {
  const crowd = Array.from({ length: 512 }, (_, nth) => of(`tenant ${nth}`, 1)[0]!)
  const room = [...roomOf([...crowd, ...of('one more', 3_000)]).values()]
  expect(Math.min(...room)).toBeGreaterThan(0)
  expect(room.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(ROOM_PER_JOB)
})

it('adds up what several jobs take', () => {
  const sum = new Map<string, number>()
  addRoom(sum, roomOf(of('a', 2)))
  addRoom(sum, roomOf([...of('a', 1), ...of('b', 1)]))
  expect([...sum]).toEqual([
    ['a', 1.5 * ROOM_PER_JOB],
    ['b', 0.5 * ROOM_PER_JOB],
  ])
})
