import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { within } from './command.ts'

let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-simulate-'))
  await writeFile(join(cwd, 'in-the-way'), '')
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

it('writes a tenant and says what is in it', async () => {
  const few = ['--agents', '3', '--days', '2', '--attacks', '1', '--start', '2026-03-01']
  const ran = await within(['simulate', '--out', 'tenant', '--no-gzip', ...few], cwd)
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toMatch(/^tenant: [\d,]+ events · \d+ agents · 1 attack with \d+ events? · /)
  expect(await readdir(join(cwd, 'tenant'))).toContain('events.ndjson')
  const manifest = JSON.parse(await readFile(join(cwd, 'tenant', 'tenant.json'), 'utf8'))
  expect(manifest.options).toEqual({ seed: 1, agents: 3, days: 2, attacks: 1, start: '2026-03-01' })
})

it('ends with 2 where it is used wrongly, and with 1 where it cannot write', async () => {
  const without = await within(['simulate'], cwd)
  const soon = await within(['simulate', '--out', 'x', '--start', 'soon'], cwd)
  const blocked = await within(['simulate', '--out', 'in-the-way/tenant'], cwd)
  expect([without.code, soon.code, blocked.code]).toEqual([2, 2, 1])
  expect(blocked.err).toMatch(/^perimeter: in-the-way\/tenant cannot be written: [^\n]+\n$/)
})
