import { expect, it } from 'vitest'
import { openSink } from '../../src/sinks/index.ts'
import { teamsMessageOf } from '../../src/sinks/shapes/teams.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

it('puts what came from outside only where Teams reads no marks', () => {
  const hostile = '[x](https://e.example) **b** {{DATE(2026-05-03T00:00:00Z)}} <at>all</at>'
  const { content } = teamsMessageOf(anAlert({ title: hostile })).attachments[0]!
  for (const { type, inlines } of content.body) {
    expect(type).toBe('RichTextBlock')
    for (const inline of inlines as { type: string; text: string }[]) {
      expect(inline.type).toBe('TextRun')
      expect(inline.text).not.toContain('{{')
    }
  }
})

it('keeps within what a workflow posts', async () => {
  const played = await startHttpCase('teams')
  const sink = openSink(played.config)
  const long = '😀'.repeat(3_000)
  const reasons = Array.from({ length: 30 }, () => ({ ...anAlert().reasons[0]!, seen: long }))
  const alert = anAlert({ title: long, reasons, nextSteps: Array(30).fill(long) })
  expect(await sink.send(alert, { number: 1 })).toEqual({ kind: 'delivered' })
  expect(Buffer.byteLength(played.alerts()[0]!.body)).toBeLessThanOrEqual(20_000)
  await sink.close()
  await played.close()
})
