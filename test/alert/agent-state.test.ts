import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { blankState, loadState, saveState } from '../../src/alert/agent-state.ts'
import { EngineError, type FailureCode } from '../../src/errors.ts'
import { floatsOf } from '../../src/math/bytes.ts'
import { BINS, nameKey, type PlainCalibration } from '../../src/scoring/calibrate.ts'
import { channels, DAY } from '../../src/scoring/channels.ts'
import { type MemoryParts, partsOf } from '../../src/scoring/memory.ts'
import { readGolden } from '../golden/memories/memories.ts'

const saved = () => unpack(pack(saveState(blankState(Date.UTC(2026, 5, 1)))))

/** As an earlier or a later build may tell them. */
const parts = (): MemoryParts => structuredClone(partsOf(saved().memory))

function codeOf(stored: unknown): FailureCode | undefined {
  try {
    loadState(stored)
  } catch (error) {
    if (error instanceof EngineError) return error.code
    throw error
  }
  return undefined
}

describe('the state of an agent', () => {
  it('is read as it was written', () => {
    expect(pack(saveState(loadState(saved())))).toEqual(pack(saved()))
  })

  it('of a later build is refused as such', () => {
    expect(codeOf({ ...saved(), version: 99 })).toBe('MEMORY_NEWER')
    const memory = parts()
    memory.baselines.hours![0] = 99
    expect(codeOf({ ...saved(), memory })).toBe('MEMORY_NEWER')
  })

  it('that is damaged is refused, wherever', () => {
    expect(codeOf(undefined)).toBe('MEMORY_INVALID')
    expect(codeOf({})).toBe('MEMORY_INVALID')
    for (const field of Object.keys(saved())) {
      if (field === 'case') continue
      expect(codeOf({ ...saved(), [field]: 'damaged' }), field).toBe('MEMORY_INVALID')
    }
    const names = Object.keys(parts().baselines)
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) {
      const memory = parts()
      memory.baselines[name]![1] = 'damaged'
      expect(codeOf({ ...saved(), memory }), name).toBe('MEMORY_INVALID')
    }
    const { memory } = saved()
    for (let length = 0; length < memory.length; length += 7) {
      expect(codeOf({ ...saved(), memory: memory.subarray(0, length) })).toBe('MEMORY_INVALID')
    }
  })

  it('loads as it rested until v5, and goes on as a state of today', () => {
    const plain = readGolden('state.v4.json') as Record<string, unknown>
    const state = loadState(plain)
    const { events, firstMs, day, dayTail, blueprint } = plain
    expect(state).toMatchObject({ events, firstMs, day, dayTail, blueprint })
    const named = Object.entries(plain.ofDay as Record<string, number>)
    expect(named.length).toBeGreaterThan(0)
    for (const [name, nats] of named) expect(state.ofDay[channels.indexOf(name) - DAY]).toBe(nats)
    expect(state.case?.eventCount).toBeGreaterThan(0)
    const calibration = (plain.memory as MemoryParts).calibration as PlainCalibration
    expect(calibration[2].length).toBeGreaterThan(3)
    for (const [name, bins, counts] of calibration[2]) {
      const place = channels.indexOf(name) * BINS
      const held = [...bins].map((bin) => state.memory.calibration.counts[place + bin]!)
      floatsOf(counts).forEach((count, at) => {
        expect(Math.abs(held[at]! / count - 1), name).toBeLessThan(2 ** -8)
      })
    }
    const today = unpack(pack(saveState(state)))
    expect(pack(saveState(loadState(today)))).toEqual(pack(today))
    expect(pack(today).length).toBeLessThan(pack(plain).length * 0.7)
  })

  it('loads as it rested in v5, when nobody was looked after yet, and in v6', () => {
    const [five, six] = [5, 6].map((version) => readGolden(`state.v${version}.json`))
    const older = loadState(five)
    expect(older).toMatchObject({ latestId: '', isAwaited: false, isMissed: false })
    const state = loadState(six)
    expect(state.latestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(state).toMatchObject({ isAwaited: true, isMissed: false })
    const { latestId, isAwaited } = state
    expect(saveState({ ...older, latestId, isAwaited })).toEqual(saveState(state))
    for (const isMissed of [true, false]) {
      expect(loadState(unpack(pack(saveState({ ...state, isMissed }))))).toMatchObject({ isMissed })
    }
  })

  it('starts blank in what an earlier build did not have', () => {
    const memory = parts()
    delete memory.baselines.hours
    expect(pack(saveState(loadState({ ...saved(), memory })))).toEqual(pack(saved()))
  })
})

it('channels are told apart where they are stored', () => {
  expect(new Set(channels.map(nameKey)).size).toBe(channels.length)
})
