import { describe, expect, it } from 'vitest'
import { canonical } from '../../src/formats/canonical.ts'
import { goldensOf, outcomeOf, readGolden } from './goldens.ts'

describe('canonical golden cases', () => {
  it.each(goldensOf('canonical').map((golden) => [golden.name, golden] as const))(
    '%s, whether the format is found out or named',
    async (_name, golden) => {
      const expected = readGolden(golden)
      expect(await outcomeOf(golden.input)).toEqual(expected)
      expect(await outcomeOf(golden.input, 'canonical')).toEqual(expected)
    },
  )
})

it('takes nothing for an envelope that has an id of its own', () => {
  expect(canonical.unwrap({ id: 'e1', events: [{}] })).toBeUndefined()
  expect(canonical.unwrap({ events: 3 })).toBeUndefined()
})
