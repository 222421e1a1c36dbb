/** The plots of attacks: how many of each scenario were found, and the scores of those that were missed. */
import { axis, drawPlot, INK, legend } from './draw-plot.ts'
import type { Contender, MissedAttack } from './report.ts'

const ROW_HEIGHT = 21
const MISSED_HEIGHT = 210

export function scenarioPlot({ evaluation: { budgets } }: Contender): string {
  const [loose, tight] = budgets
  const names = Object.keys(loose!.byScenario).sort().reverse()
  const of = (name: string) => {
    const { attacks, found } = loose!.byScenario[name]!
    const atTight = tight!.byScenario[name]!.found
    return { atTight, more: Math.max(0, found - atTight), missed: attacks - found }
  }
  const bars = (name: string, color: string, value: (name: string) => number) => ({
    name,
    type: 'bar',
    stack: 'attacks',
    silent: true,
    barWidth: '62%',
    itemStyle: { color },
    data: names.map(value),
  })
  return drawPlot('Attacks of each scenario, found and missed', 90 + names.length * ROW_HEIGHT, {
    legend,
    grid: { left: 140, right: 18, top: 40, bottom: 40 },
    xAxis: axis('attacks', { minInterval: 1 }),
    yAxis: {
      type: 'category',
      data: names,
      axisLabel: { color: INK.text, width: 126, overflow: 'truncate', interval: 0 },
      axisLine: { lineStyle: { color: INK.faint } },
      axisTick: { show: false },
    },
    series: [
      bars(`found at ${tight!.falsePerThousand}`, INK.own, (name) => of(name).atTight),
      bars(`only at ${loose!.falsePerThousand}`, INK.second, (name) => of(name).more),
      bars('missed', INK.bad, (name) => of(name).missed),
    ],
  })
}

export function missedPlot({ incident, agent, scores, malicious, above }: MissedAttack): string {
  const points = (name: string, data: MissedAttack['scores'], color: string, size: number) => ({
    name,
    type: 'scatter',
    silent: true,
    symbolSize: size,
    itemStyle: { color },
    data,
  })
  const alarm = {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: INK.text, type: 'dashed' },
    data: [{ yAxis: above }],
  }
  const title = `Scores of ${agent} over time around ${incident}; the dashed line is where alarms begin`
  return drawPlot(title, MISSED_HEIGHT, {
    legend: { ...legend, icon: 'circle', itemHeight: 8 },
    grid: { left: 40, right: 18, top: 32, bottom: 28 },
    xAxis: axis('', { type: 'time', splitNumber: 3, splitLine: { show: false } }),
    yAxis: axis('', {
      min: 0,
      max: (range: { max: number }) => 10 * Math.ceil(Math.max(range.max, above) * 0.11),
    }),
    series: [
      { ...points('honest', scores, INK.faint, 3), markLine: alarm },
      points('malicious', malicious, INK.bad, 6),
    ],
  })
}
