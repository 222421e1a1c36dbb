import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shiftsSince } from '../../src/detectors/autoencoder/card.ts'
import type { SavedModel } from '../../src/detectors/autoencoder/model.ts'
import { readModel, writeModel } from '../../src/offline/model-folder.ts'

const SHIPPED = 'models/autoencoder'
let folder: string
let first: SavedModel

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-model-'))
  first = (await readModel(SHIPPED)).saved
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** As if it had been trained later, on behaviour in which the first trait is always strong. */
function later({ networks, ...model }: SavedModel): SavedModel {
  const [network] = networks
  const shares = network!.shares.map((grades, trait) =>
    trait === 0 ? grades.map((_, grade) => (grade === grades.length - 1 ? 1 : 0)) : grades,
  )
  return { ...model, version: 'later', networks: [{ ...network!, shares }] }
}

it('keeps the model that was there, to roll back to', async () => {
  await writeModel(folder, first, undefined)
  expect((await readModel(folder)).saved).toEqual(first)
  await writeModel(folder, later(first), first)
  expect((await readModel(folder)).saved.version).toBe('later')
  const kept = join(folder, 'versions', first.version)
  expect((await readModel(kept)).saved).toEqual(first)
  expect(await readdir(kept)).toEqual(['card.md', 'model.json'])
  expect((await readdir(folder)).sort()).toEqual(['card.md', 'model.json', 'versions'])
})

it('tells in the card which traits have shifted since', async () => {
  const shifts = shiftsSince(first, later(first))
  expect(shifts[0]).toMatchObject({ trait: first.traits[0], isShifted: true })
  expect(shifts.filter(({ isShifted }) => isShifted)).toHaveLength(1)
  const card = await readFile(join(folder, 'card.md'), 'utf8')
  expect(card).toContain(`## Since ${first.version}`)
  expect(card).toMatch(new RegExp(`\\| ${first.traits[0]} \\| [\\d.]+ \\| shifted \\|`))
})

it('says so where there is no model, or none that can be used', async () => {
  const nowhere = readModel(join(folder, 'nowhere'))
  await expect(nowhere).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  await writeFile(join(folder, 'model.json'), '{}')
  await expect(readModel(folder)).rejects.toThrow(/model\.json is no model that can be used: \$\./)
})

it('says so where it cannot write', async () => {
  const file = join(folder, 'card.md', 'below-a-file')
  await expect(writeModel(file, first, undefined)).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
  })
})
