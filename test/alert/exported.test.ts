import { pack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { saveState } from '../../src/alert/agent-state.ts'
import { exportedJson, readExported } from '../../src/alert/exported.ts'
import { parseEvent } from '../../src/event/parse.ts'
import { Replay } from '../../src/offline/replay.ts'
import { simulate } from '../../src/offline/simulate/simulate.ts'

const replay = new Replay({ threshold: { falseAgentDaysPerThousand: 1_000 }, partitions: 2 })
for (const raw of simulate({ seed: 5, agents: 6, days: 4, attacks: 2, pace: 0.2 }).events) {
  const read = parseEvent(structuredClone(raw))
  if ('event' in read) replay.take(read.event, { isAlerting: true, frozenMs: undefined })
}
const agents = replay.engines.flatMap((engine) =>
  [...engine.agents].map(([key, state]) => ({ key, state })),
)

describe('exported baselines', () => {
  it('read back to the same bit', () => {
    const read = readExported(exportedJson(agents))
    expect(read.map(({ key }) => key)).toEqual(agents.map(({ key }) => key))
    for (const [at, { state, ofMs }] of read.entries()) {
      expect(pack(saveState(state)).equals(pack(saveState(agents[at]!.state)))).toBe(true)
      expect(ofMs).toBe(agents[at]!.state.context.lastMs)
    }
  })

  it('say what they are no export for', () => {
    expect(() => readExported('{')).toThrow(/not JSON/)
    expect(() => readExported('{"format":"other"}')).toThrow(/no export of ours/)
    const newer = exportedJson(agents).replace('"version": 1', '"version": 2')
    expect(() => readExported(newer)).toThrow(/v2; this build reads up to v1/)
    const damaged = exportedJson(agents).replace('"life":', '"death":')
    expect(() => readExported(damaged)).toThrow(expect.objectContaining({ code: 'MEMORY_INVALID' }))
  })
})
