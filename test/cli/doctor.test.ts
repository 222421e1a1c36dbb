import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { within } from './command.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'perimeter-doctor-'))
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const examined = async (...words: string[]) => {
  const { code, out } = await within(['doctor', '--json', ...words], cwd)
  return { code, found: JSON.parse(out) }
}

it('says what was chosen and why', async () => {
  const { found } = await examined()
  expect(found.node).toEqual({ isFine: true, said: process.versions.node })
  expect(found.tensorflow.isFine).toBe(true)
  expect(found.tensorflow.said).toMatch(
    /^native, self-check passed$|^wasm, self-check passed; the native one was not taken: ./,
  )
  expect(found.model.said).toMatch(
    /^\d{4}-\d\d-\d\d-[0-9a-f]{8}, 1 network, trained .* hash [0-9a-f]{64}$/,
  )
  expect(found.configuration).toEqual({ isFine: true, said: 'valid' })
})

it('ends with 1 and says what is wrong', async () => {
  await writeFile(join(cwd, 'bad.json'), '{"sinks": 3}')
  const bad = await examined('--config', 'bad.json')
  expect(bad.code).toBe(1)
  expect(bad.found).toMatchObject({ isFine: false, configuration: { isFine: false } })
  expect(bad.found.configuration.said).toMatch(/^sinks: expected/)

  await writeFile(join(cwd, 'lost.json'), '{"model": "nowhere"}')
  const lost = await examined('--config', 'lost.json')
  expect(lost.code).toBe(1)
  expect(lost.found.model).toMatchObject({
    isFine: false,
    said: expect.stringContaining('nowhere'),
  })

  await writeFile(join(cwd, 'redis.json'), '{"redis": {"url": "redis://127.0.0.1:1"}}')
  const deaf = await examined('--config', 'redis.json')
  expect(deaf.code).toBe(1)
  expect(deaf.found.redis.said).toMatch(/^The configured Redis does not answer: /)
})

it('tells a person the same, a line each', async () => {
  await writeFile(join(cwd, 'none.json'), '{"model": "none"}')
  const { out } = await within(['doctor', '--config', 'none.json'], cwd)
  expect(out.trimEnd().split('\n')).toHaveLength(5)
  expect(out).toMatch(/^ok {4}model +none: the configuration asks for none$/m)
})
