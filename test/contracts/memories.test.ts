/** Old memories load for ever. */
import { describe, expect, it } from 'vitest'
import { fileOf, goldens, readGolden } from '../golden/memories/memories.ts'
import { learnAll, momentsOf, nobody, numbersIn, routine, shelf } from '../support/life.ts'

describe.each(shelf)('memories of %s', (name, baseline) => {
  it('of this version have a golden one', () => {
    expect(goldens()).toContain(fileOf(name, baseline.version))
  })

  it.each(goldens().filter((file) => file.startsWith(`${name}.v`)))('load from %s', (file) => {
    const saved = readGolden(file)
    expect(baseline.schema.safeParse(saved).success).toBe(true)
    for (const holder of ['agent', 'group'] as const) {
      const memory = baseline.load(saved, holder, Number(/\.v(\d+)\./.exec(file)![1]))
      const moments = momentsOf(routine(6).slice(-20))
      const blank = baseline.blank(holder)
      let isRemembered = false
      for (const moment of moments) {
        const numbers = numbersIn(baseline.read(memory, nobody(baseline), moment))
        for (const [path, value] of numbers) expect(Number.isFinite(value), path).toBe(true)
        const unknown = numbersIn(baseline.read(blank, nobody(baseline), moment))
        isRemembered ||= [...numbers].some(([path, value]) => unknown.get(path) !== value)
      }
      expect(isRemembered, 'reads as one who has lived').toBe(true)
      learnAll(baseline, memory, moments)
      expect(baseline.schema.safeParse(baseline.save(memory)).success).toBe(true)
    }
  })
})
