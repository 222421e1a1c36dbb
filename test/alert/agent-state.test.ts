import { pack, unpack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { blankState, loadState, saveState } from '../../src/alert/agent-state.ts'
import { EngineError, type FailureCode } from '../../src/errors.ts'

const saved = () => unpack(pack(saveState(blankState(Date.UTC(2026, 5, 1)))))

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
    const { memory, ...rest } = saved()
    const newer = structuredClone(memory)
    newer.baselines.hours[0] = 99
    expect(codeOf({ ...rest, memory: newer })).toBe('MEMORY_NEWER')
  })

  it('that is damaged is refused, wherever', () => {
    expect(codeOf(undefined)).toBe('MEMORY_INVALID')
    expect(codeOf({})).toBe('MEMORY_INVALID')
    for (const field of Object.keys(saved())) {
      if (field === 'case') continue
      expect(codeOf({ ...saved(), [field]: 'damaged' }), field).toBe('MEMORY_INVALID')
    }
    for (const name of Object.keys(saved().memory.baselines)) {
      const broken = saved()
      broken.memory.baselines[name][1] = 'damaged'
      expect(codeOf(broken), name).toBe('MEMORY_INVALID')
    }
  })

  it('starts blank in what an earlier build did not have', () => {
    const older = saved()
    delete older.memory.baselines.hours
    expect(pack(saveState(loadState(older)))).toEqual(pack(saved()))
  })
})
