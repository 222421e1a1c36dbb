import { expect, it } from 'vitest'
import { axis, drawPlot, escapeText, INK } from '../../src/offline/draw-plot.ts'

it('draws in the colours of the page, whatever they are', () => {
  const series = [
    {
      type: 'line',
      data: [
        [0, 1],
        [1, 0.5],
      ],
      lineStyle: { color: INK.bad },
    },
  ]
  const plot = drawPlot('Up & "down"', 200, { xAxis: axis('x'), yAxis: axis('y'), series })
  expect(plot).toMatch(
    /^<svg viewBox="0 0 420 200" role="img" aria-label="Up &amp; &quot;down&quot;"/,
  )
  expect(plot).toContain('stroke="var(--bad)"')
  expect(plot).toContain('fill="var(--text)"')
  for (const colour of Object.values(INK)) expect(plot).not.toContain(colour)
})

it('takes text from outside for text', () => {
  expect(escapeText(`<a href="x">&'`)).toBe(`&lt;a href=&quot;x&quot;&gt;&amp;'`)
})
