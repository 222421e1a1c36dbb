import { expect, it } from 'vitest'
import { detectors } from '../../src/detectors/index.ts'
import {
  channels,
  DAY,
  DAY_CHANNELS,
  DAY_DETECTORS,
  DAY_GATHERED,
  DAY_VERDICT,
  EVENT,
  GATHERED,
  OWN,
  VERDICT,
} from '../../src/scoring/channels.ts'

it('every channel has its own name and its place', () => {
  expect(new Set(channels).size).toBe(channels.length)
  detectors.forEach(({ name }, at) => {
    expect(channels[at]).toBe(name)
    expect(channels[DAY + DAY_DETECTORS + at]).toBe(`${name} of day`)
  })
  expect(channels[EVENT]).toBe('event')
  expect(channels[GATHERED]).toBe('gathered')
  expect(channels[VERDICT]).toBe('verdict')
  expect(channels[DAY + DAY_GATHERED]).toBe('gathered of day')
  expect(channels[DAY + DAY_VERDICT]).toBe('verdict of day')
  expect(channels).toHaveLength(DAY + DAY_CHANNELS)
  // What an agent keeps of its own ends with the verdicts on its days.
  expect(channels[OWN - 1]).toBe('verdict of day')
})
