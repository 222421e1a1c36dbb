import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLabels } from '../../src/offline/read-labels.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-labels-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function labelsOf(
  lines: readonly (object | string)[],
  pack = (text: string): string | Buffer => text,
) {
  const path = join(folder, 'labels')
  const text = lines
    .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    .join('\n')
  await writeFile(path, pack(`${text}\n`))
  return readLabels(path)
}

describe('labels', () => {
  it('are attacks with their events, as the simulator writes them', async () => {
    const line = { incident: 'one', scenario: 'drip', agent: 'a', events: ['m1', 'm2'] }
    const { attacks, sessions } = await labelsOf([line, '', { incident: 'two', events: ['m3'] }])
    expect(attacks).toEqual([
      { incident: 'one', scenario: 'drip', events: ['m1', 'm2'] },
      { incident: 'two', scenario: 'unnamed', events: ['m3'] },
    ])
    expect(sessions).toBeUndefined()
  })

  it('are single events, of which a session or an incident makes one attack', async () => {
    const { attacks, sessionOf } = await labelsOf(
      [
        { id: 'm1', malicious: true, session: 's' },
        { id: 'm2', label: 'Malicious', session: 's', scenario: 'other' },
        { id: 'm3', label: 1 },
        { id: 'm4', malicious: 1, incident: 'i', scenario: 'drip' },
        { id: 'b1', label: 'benign', session: 't' },
        { id: 'b2', malicious: false },
      ],
      (text) => gzipSync(text),
    )
    expect(attacks).toEqual([
      { incident: 's', scenario: 'unnamed', events: ['m1', 'm2'] },
      { incident: 'm3', scenario: 'unnamed', events: ['m3'] },
      { incident: 'i', scenario: 'drip', events: ['m4'] },
    ])
    expect([...sessionOf]).toEqual([
      ['m1', 's'],
      ['m2', 's'],
      ['b1', 't'],
    ])
  })

  it('are sessions, whose success is the truth whatever was tried', async () => {
    const { attacks, sessions } = await labelsOf([
      { session: 'won', succeeded: true, attack: 'injection', malicious: ['m1'] },
      { session: 'lost', succeeded: false, attack: 'injection', malicious: [] },
      { session: 'whole', malicious: true },
    ])
    expect(attacks).toEqual([{ incident: 'won', scenario: 'injection', events: ['m1'] }])
    expect([...sessions!]).toEqual([
      ['won', true],
      ['lost', false],
      ['whole', true],
    ])
  })

  it.each([
    ['{"id":', 'expected a JSON object'],
    ['[]', 'expected an attack with "incident"'],
    [{ id: 'm2' }, 'expected "malicious" or "label" to say whether m2 is malicious'],
    [{ id: 'm2', label: 'perhaps' }, 'expected "malicious" or "label"'],
    [{ id: 'm2', malicious: 'yes' }, 'malicious: '],
    [{ incident: 'i', events: 'm2' }, 'events: '],
    [{ session: 's' }, 'malicious: '],
  ])('are refused with the line: %j', async (line, reason) => {
    const failing = labelsOf([{ id: 'm1', malicious: true }, line])
    await expect(failing).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
    await expect(failing).rejects.toThrow(`${folder}/labels:2 is no label: ${reason}`)
  })

  it('are refused where there is nothing to find, or one thing is said twice', async () => {
    await expect(labelsOf([{ id: 'b', malicious: false }])).rejects.toThrow('nothing to find')
    const attack = { incident: 'i', events: ['m'] }
    await expect(labelsOf([attack, attack])).rejects.toThrow('labels:2 is no label: there was')
    await expect(readLabels(join(folder, 'none'))).rejects.toThrow('does not exist')
  })
})
