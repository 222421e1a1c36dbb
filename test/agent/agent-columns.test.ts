import { describe, expect, it } from 'vitest'
import { entryOfRow, entryWith } from '../../src/agent/agent-columns.ts'
import { readWritten } from '../../src/agent/registry.ts'

const NONE = new Map<string, string>()

describe('a row of a table', () => {
  it('is an entry by the names of its columns, in any spelling', () => {
    const row = {
      'Object ID': 'a-1',
      'Display Name': ' Invoice Bot ',
      Owner: 'ann@corp.example; bob@corp.example',
      'purpose.actions': 'files.*|mail.send',
      Scopes: 'Files.Read Mail.Send',
      'Account enabled': 'FALSE',
      Criticality: 'High',
      'Created at': '2026-01-05',
      Timezone: '',
      Colour: 'red',
    }
    const entry = entryOfRow(row, NONE)
    expect(entry).toEqual({
      id: 'a-1',
      name: 'Invoice Bot',
      owners: ['ann@corp.example', 'bob@corp.example'],
      purpose: { actions: ['files.*', 'mail.send'] },
      granted: ['Files.Read', 'Mail.Send'],
      criticality: 'high',
      registeredAt: '2026-01-05T00:00:00Z',
      status: 'disabled',
    })
    expect(readWritten(entry)).toHaveProperty('agent')
  })

  it('is read by the columns that are named, before any that are understood', () => {
    const row = { id: '17', arn: 'arn:aws:iam::1:role/bot', 'cost.centre': 'low' }
    const named = new Map([
      ['id', 'arn'],
      ['criticality', 'cost.centre'],
      ['name', 'missing'],
    ])
    expect(entryOfRow(row, named)).toEqual({ id: 'arn:aws:iam::1:role/bot', criticality: 'low' })
  })
})

it('an object has a field elsewhere, under a path of names', () => {
  const object = {
    customSecurityAttributes: { Agents: { Criticality: 'Critical', Does: 'a.*;b' } },
  }
  const named = new Map([
    ['criticality', 'customSecurityAttributes.Agents.Criticality'],
    ['purpose.actions', 'customSecurityAttributes.Agents.Does'],
    ['sponsor', 'constructor.name'],
  ])
  expect(entryWith({ id: 'a', purpose: { resources: [] } }, object, named)).toEqual({
    id: 'a',
    criticality: 'critical',
    purpose: { resources: [], actions: ['a.*', 'b'] },
  })
})
