/** The plots of curves: precision over recall, ROC, and reliability. */
import type { Point } from './curves.ts'
import { axis, drawPlot, INK, legend } from './draw-plot.ts'
import { LEVELS } from './reliability.ts'
import type { Contender, Report } from './report.ts'

const HEIGHT = 330
const COLOURS = [INK.own, INK.second, INK.third, INK.fourth, INK.fifth]
/** Shares below this are drawn here: a logarithm has no zero. */
const SHARE_MIN = 1e-5
const grid = { left: 52, right: 18, top: 58, bottom: 46 }

const line = (
  name: string,
  data: readonly (readonly number[])[],
  color: string,
  more: object = {},
) => ({
  name,
  type: 'line',
  silent: true,
  showSymbol: false,
  data,
  itemStyle: { color },
  lineStyle: { color, width: 2 },
  ...more,
})

export function precisionRecallPlot(contenders: readonly Contender[]): string {
  return drawPlot('Precision over recall of events, a line for each contender', HEIGHT, {
    legend,
    grid,
    xAxis: axis('recall', { min: 0, max: 1 }),
    yAxis: axis('precision', { min: 0, max: 1, nameGap: 34 }),
    series: contenders.map(({ name, curves }, at) =>
      line(name, curves.precisionRecall, COLOURS[at]!, { step: 'start' }),
    ),
  })
}

export function rocPlot(contenders: readonly Contender[]): string {
  return drawPlot('Share of malicious events over share of honest ones, a line each', HEIGHT, {
    legend,
    grid,
    xAxis: axis('honest events at or above the score', {
      type: 'log',
      min: SHARE_MIN,
      max: 1,
      axisLabel: { color: INK.text, formatter: powerOfTen },
    }),
    yAxis: axis('malicious events', { min: 0, max: 1, nameGap: 34 }),
    series: contenders.map(({ name, curves }, at) => line(name, bent(curves.roc), COLOURS[at]!)),
  })
}

/** What is straight between two points bends where the axis is logarithmic: with points in between. */
function bent(points: readonly Point[]): Point[] {
  return points.flatMap(([x, y], at) => {
    const [fromX, fromY] = points[at - 1] ?? [x, y]
    const between: Point[] = []
    for (let part = Math.max(fromX, SHARE_MIN) * BEND; part < x; part *= BEND) {
      between.push([part, fromY + ((y - fromY) * (part - fromX)) / (x - fromX)])
    }
    return [...between, [Math.max(x, SHARE_MIN), y]]
  })
}
const BEND = 1.5

export function reliabilityPlot({ rows }: NonNullable<Report['reliability']>): string {
  const series = rows
    .filter(({ unit }) => unit !== 'agent')
    .map(({ channel, cells, unit }) => {
      const data = cells
        .filter(({ seen }) => seen > 0)
        .map(({ level, ratio }) => [level, level * ratio])
      if (unit === 'agent-day') return line('agent-days', data, INK.third, { showSymbol: true })
      if (channel === 'verdict') return line('verdict', data, INK.own, { showSymbol: true })
      return line('detectors', data, INK.faint, { lineStyle: { color: INK.faint, width: 1 } })
    })
  const dashed = { lineStyle: { color: INK.bad, width: 1, type: 'dashed' } }
  const bound = (factor: number) =>
    line(
      'a factor of 1.5',
      LEVELS.map((level) => [level, level * factor]),
      INK.bad,
      dashed,
    )
  return drawPlot('Share of honest events at or below p over p, both logarithmic', HEIGHT, {
    legend: { ...legend, data: ['verdict', 'agent-days', 'detectors', 'a factor of 1.5'] },
    grid,
    xAxis: axis('p', {
      type: 'log',
      min: 1e-4,
      max: 0.1,
      axisLabel: { color: INK.text, formatter: powerOfTen },
    }),
    yAxis: axis('share of honest ones', {
      type: 'log',
      min: 1e-5,
      max: 1,
      nameGap: 38,
      axisLabel: { color: INK.text, formatter: powerOfTen },
    }),
    series: [...series, bound(1.5), bound(1 / 1.5)],
  })
}

function powerOfTen(value: number): string {
  const exponent = Math.round(Math.log10(value))
  return exponent >= -2
    ? String(value)
    : `10${[...String(exponent)].map((digit) => RAISED[digit]).join('')}`
}
const RAISED: Readonly<Record<string, string>> = {
  '-': '⁻',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
}
