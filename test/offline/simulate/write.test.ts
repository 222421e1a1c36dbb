import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { simulate } from '../../../src/offline/simulate/simulate.ts'
import { writeSimulation } from '../../../src/offline/simulate/write.ts'

const dir = mkdtempSync(join(tmpdir(), 'perimeter-simulate-'))
afterAll(() => rmSync(dir, { recursive: true }))

const OPTIONS = { seed: 2, agents: 24, days: 5, attacks: 3, pace: 0.2 }

it('writes what it simulates, packed or plain', async () => {
  const packed = await writeSimulation(join(dir, 'packed'), OPTIONS)
  const plain = await writeSimulation(join(dir, 'plain'), { ...OPTIONS, gzip: false })
  expect(packed).toEqual(plain)
  const text = readFileSync(join(dir, 'plain', 'events.ndjson'), 'utf8')
  expect(gunzipSync(readFileSync(join(dir, 'packed', 'events.ndjson.gz'))).toString()).toBe(text)
  const simulation = simulate(OPTIONS)
  const lines = [...simulation.events].map((event) => JSON.stringify(event))
  expect(text).toBe(`${lines.join('\n')}\n`)
  expect(packed.events).toBe(lines.length)
  const read = (name: string) => readFileSync(join(dir, 'packed', name), 'utf8')
  expect(JSON.parse(read('registry.json'))).toEqual(simulation.registry)
  expect(read('labels.ndjson').trim().split('\n')).toHaveLength(3)
  expect(JSON.parse(read('tenant.json'))).toEqual(JSON.parse(JSON.stringify(packed)))
})
