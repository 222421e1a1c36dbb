import { expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import { readSample, report } from '../../src/cli/sample.ts'
import { anAlert } from '../sinks/receiver.ts'

const told = (change: Partial<Alert>) => {
  const alert = anAlert(change)
  return { alert, events: new Set(alert.events) }
}

it('sets alerts beside the attacks whose events they hold', async () => {
  const { labels } = await readSample()
  const [first, second] = labels
  const text = report(
    [
      told({ id: '1', severity: 'low', events: ['x', first!.events[1]!] }),
      told({ id: '2', severity: 'critical', events: ['x', 'y'] }),
    ],
    labels,
  )
  const heads = text.split('\n').filter((line) => /^(critical|low) /.test(line))
  expect(heads[0]).toMatch(/^critical .* · FALSE$/)
  expect(heads[1]).toMatch(new RegExp(` · ${first!.incident} ${first!.scenario}$`))
  expect(text).toMatch(new RegExp(`^caught  ${first!.incident} .* low, score 91$`, 'm'))
  expect(text).toMatch(new RegExp(`^missed  ${second!.incident} .* events$`, 'm'))
  expect(text).toContain('1 of 12 labelled attacks caught · 2 alerts, 1 of them false')
})

it('reads the beginning of the sample with the attacks that fall into it', async () => {
  const [some, all] = [await readSample(1_000), await readSample()]
  expect(some.lines).toHaveLength(1_000)
  expect(some.labels.length).toBeLessThan(all.labels.length)
  expect(all.labels).toHaveLength(12)
})
