/** The small version of the attack suite: what was found when it was recorded has to be found still. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Recorded } from '../../../scripts/attack-suite-page.ts'
import { chosenModel } from '../../../src/cli/model.ts'
import { parseConfig } from '../../../src/config.ts'
import { runSuite } from '../../../src/offline/suite/suite.ts'
import { summarise } from '../../../src/offline/suite/summary.ts'

const recorded = JSON.parse(
  readFileSync(new URL('../../../docs/attack-suite.json', import.meta.url), 'utf8'),
) as Recorded
const { threshold, stream } = parseConfig({})
const model = await chosenModel(undefined)
const AGAIN = 'if this is meant, run `npm run attack-suite -- --small`'

it('finds the attacks it found, and stays silent where it was silent', () => {
  const { partitions } = stream
  const now = summarise(runSuite({ threshold, partitions, model, seeds: [1], isSmall: true }))
  const detected = (names: Recorded['small']) =>
    names.scenarios.filter(({ isDetected }) => isDetected).map(({ name }) => name)
  const silent = (names: Recorded['small']) =>
    names.twins.filter(({ isSilent }) => isSilent).map(({ name }) => name)
  expect(now.scenarios).toHaveLength(32)
  expect(now.twins).toHaveLength(16)
  expect(detected(now), AGAIN).toEqual(expect.arrayContaining(detected(recorded.small)))
  expect(silent(now), AGAIN).toEqual(expect.arrayContaining(silent(recorded.small)))
}, 300_000)
