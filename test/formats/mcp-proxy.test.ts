import { describe, expect, it } from 'vitest'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('mcp-proxy golden cases', () => {
  it.each(goldensOf('mcp-proxy').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'mcp-proxy')).toEqual(expected)
    },
  )
})

it('keeps no text that was said, and no answer', async () => {
  for (const { input } of goldensOf('mcp-proxy')) {
    const all = JSON.stringify(await outcomeOf(input))
    expect(all).not.toMatch(/the user said so|secret answer|Sum it up|Dear Dave/)
  }
})
