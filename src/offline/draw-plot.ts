/**
 * Draws one plot as SVG text, with ECharts and without a browser.
 *
 * Colours are named by what they mean. They are drawn as stand-ins and then replaced by variables of
 * the page's style sheet, so that one drawing serves both its light and its dark form.
 */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  SVGRenderer,
])

/** Stand-ins; the names are those of the variables. */
export const INK = {
  text: '#010101',
  faint: '#020202',
  grid: '#030303',
  own: '#040404',
  second: '#050505',
  third: '#060606',
  fourth: '#070707',
  fifth: '#080808',
  bad: '#090909',
} as const

/** Wide enough for its letters to be read where a phone shows the whole of it. */
const WIDTH = 420
const FONT = 'system-ui, sans-serif'
const FONT_SIZE = 12

/** `title` is what a reader hears who does not see the plot. */
export function drawPlot(title: string, height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  try {
    chart.setOption({
      animation: false,
      useUTC: true,
      textStyle: { fontFamily: FONT, fontSize: FONT_SIZE, color: INK.text },
      ...option,
    })
    return labelled(chart.renderToSVGString(), title)
  } finally {
    chart.dispose()
  }
}

/** A legend above the plot. */
export const legend = {
  top: 0,
  textStyle: { color: INK.text },
  icon: 'roundRect',
  itemHeight: 4,
  itemGap: 20,
}

/** An axis in the page's colours; `name` stands at its middle. */
export function axis(name: string, more: object = {}): object {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: INK.text, fontSize: FONT_SIZE },
    axisLabel: { color: INK.text, fontSize: FONT_SIZE },
    axisLine: { show: true, lineStyle: { color: INK.faint } },
    axisTick: { lineStyle: { color: INK.faint } },
    splitLine: { lineStyle: { color: INK.grid } },
    ...more,
  }
}

function labelled(svg: string, title: string): string {
  const head = `<svg viewBox="$1" role="img" aria-label="${escapeText(title)}" xmlns="http://www.w3.org/2000/svg">`
  let text = svg.replace(/<svg [^>]*viewBox="([^"]*)"[^>]*>/, head)
  for (const [name, colour] of Object.entries(INK)) {
    text = text.replaceAll(colour, `var(--${name})`)
  }
  return text
}

/** Text as HTML and SVG may hold it, in an attribute too. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
