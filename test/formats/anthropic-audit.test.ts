import { describe, expect, it } from 'vitest'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('anthropic-audit golden cases', () => {
  it.each(goldensOf('anthropic-audit').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'anthropic-audit')).toEqual(expected)
    },
  )
})
