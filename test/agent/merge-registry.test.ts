import { expect, it } from 'vitest'
import { mergeRegistry } from '../../src/agent/merge-registry.ts'
import type { WrittenAgent } from '../../src/agent/registry.ts'

const merge = (
  before: readonly WrittenAgent[],
  agents: readonly WrittenAgent[],
  { refused = [] as string[], isWhole = true, isPruning = false } = {},
) =>
  mergeRegistry(
    before,
    { source: 'graph', agents, refusedIds: new Set(refused), isWhole },
    { isPruning },
  )
const imported = { id: 'a', name: 'A', status: 'active', source: 'graph' }

it('adds what is new at the end, and changes nothing that was there already', () => {
  const { agents, added, changed, unchanged, gone } = merge(
    [imported],
    [{ id: 'b' }, { id: 'a', name: 'A', status: 'active' }],
  )
  expect(agents).toEqual([imported, { id: 'b', source: 'graph' }])
  expect({ added, changed, unchanged, gone }).toEqual({
    ...{ added: ['b'], changed: [], unchanged: 1, gone: [] },
  })
})

it('changes what the import knows, and keeps what was written by hand', () => {
  const byHand = {
    ...{ id: 'a', name: 'Old', timezone: 'Europe/Berlin', note: 'kept' },
    purpose: { actions: ['files.*'] },
  }
  const { agents, changed } = merge(
    [byHand],
    [{ id: 'a', name: 'New', status: 'disabled', purpose: { resources: ['x/**'] } }],
  )
  expect(agents[0]).toEqual({
    ...byHand,
    ...{ name: 'New', status: 'disabled', source: 'graph' },
    purpose: { actions: ['files.*'], resources: ['x/**'] },
  })
  expect(changed).toEqual([{ id: 'a', fields: ['name', 'purpose', 'status', 'source'] }])
})

it('marks agents of the same source that are gone, once, and has them back when they return', () => {
  const others = [{ id: 'hand' }, { id: 'csv', source: 'csv' }]
  const first = merge([imported, ...others], [{ id: 'b' }])
  expect(first.gone).toEqual(['a'])
  expect(first.agents.slice(0, 3)).toEqual([{ ...imported, status: 'deleted' }, ...others])
  expect(merge(first.agents, [{ id: 'b' }]).gone).toEqual([])
  const back = merge(first.agents, [{ id: 'a' }, { id: 'b' }])
  expect(back.agents[0]).toEqual({ id: 'a', name: 'A', source: 'graph' })
  expect(back.changed).toEqual([{ id: 'a', fields: ['status'] }])
})

it('takes them out where asked, and none where some were refused or it is not whole', () => {
  expect(merge([imported], [{ id: 'b' }], { isPruning: true }).agents.map(({ id }) => id)).toEqual([
    'b',
  ])
  for (const kept of [{ refused: ['a'] }, { isWhole: false }]) {
    const { agents, gone } = merge([imported], [{ id: 'b' }], { ...kept, isPruning: true })
    expect(agents[0]).toEqual(imported)
    expect(gone).toEqual([])
  }
})
