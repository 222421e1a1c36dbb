import { describe, expect, it } from 'vitest'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('ocsf golden cases', () => {
  it.each(goldensOf('ocsf').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'ocsf')).toEqual(expected)
    },
  )
})

it('keeps no text of a prompt', async () => {
  for (const { input } of goldensOf('ocsf')) {
    expect(JSON.stringify(await outcomeOf(input))).not.toContain('all customers')
  }
})
