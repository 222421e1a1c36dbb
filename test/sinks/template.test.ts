import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { openSink } from '../../src/sinks/index.ts'
import { startHttpCase } from './cases.ts'
import { anAlert } from './receiver.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** What arrives of an alert, and what is told besides. */
async function sent(type: string, templates: object, change: object = {}) {
  const played = await startHttpCase(type)
  const sink = openSink({ ...played.config, ...templates })
  opened.push(played, sink)
  const noticed: string[] = []
  const attempt = { number: 1, noticed: (what: string) => noticed.push(what) }
  expect(await sink.send(anAlert(change), attempt)).toEqual({ kind: 'delivered' })
  const { body, headers } = played.alerts()[0]!
  return { body, headers, json: JSON.parse(body), noticed }
}
const jsonata = (text: string) => ({ jsonata: text })

describe('the words of the operator', () => {
  it('are the whole body of a webhook, signed as it is', async () => {
    const body = jsonata(
      '{"ticket": title, "grave": severity in ["high", "critical"], "of": agent.id}',
    )
    const { json, headers, noticed } = await sent('webhook', { body })
    expect(json).toEqual({ ticket: anAlert().title, grave: true, of: 'invoice-bot' })
    expect(headers).toHaveProperty('webhook-signature')
    expect(noticed).toEqual([])
  })

  it('are the summary and the details of an incident', async () => {
    const title = jsonata('$uppercase(severity) & ": " & agent.id')
    const details = jsonata('{"events": eventCount}')
    const { json } = await sent('pagerduty', { title, details })
    expect(json.payload).toMatchObject({
      summary: 'HIGH: invoice-bot',
      custom_details: { events: 2 },
      severity: 'error',
    })
  })

  const title = jsonata('"On call: " & agent.id')
  const text = jsonata('[title, reasons.(title & ": " & seen)]')

  it('are the head and the lines of a message in Slack, where nothing in them is a mark', async () => {
    const { json } = await sent(
      'slack',
      { title, text },
      { agent: { id: '<!channel>' }, title: '<https://evil.example|click>\n*bold*' },
    )
    expect(json.text).toBe('On call: &lt;!channel&gt;: &lt;https://evil.example|click&gt; *bold*')
    const [head, lines, foot] = json.blocks
    expect(head.text).toMatchObject({ type: 'plain_text', text: 'On call: ‹!channel›' })
    expect(lines.elements.map(({ elements }: { elements: object[] }) => elements)).toEqual([
      [{ type: 'text', text: '<https://evil.example|click> *bold*' }],
      [{ type: 'text', text: 'moved far more than usual: 4,112' }],
    ])
    expect(foot.elements[0].text).toContain('al_01J9ZC')
  })

  it('are the head and the lines of a card in Teams', async () => {
    const { json } = await sent('teams', { title, text }, { title: '{{DATE(2020)}} **x**' })
    const { body } = json.attachments[0].content
    expect(body.map(({ inlines }: { inlines: { text: string }[] }) => inlines[0]!.text)).toEqual([
      'On call: invoice-bot',
      '{ {DATE(2020)}} **x**',
      'moved far more than usual: 4,112',
      expect.stringContaining('al_01J9ZC'),
    ])
  })
})

it.each([
  ['webhook', { body: jsonata('title') }, 'body: expected an object'],
  ['webhook', { body: jsonata('{"n": $number(title)}') }, 'body: Unable to cast'],
  ['pagerduty', { title: jsonata('missing') }, 'title: expected a text, got nothing'],
  ['slack', { text: jsonata('[1, 2]') }, 'text: expected a text, or a list of at most 20 texts'],
  ['teams', { title: jsonata('reasons') }, 'title: expected a text, got an array of 1'],
] as const)(
  'of a %s, where %j cannot be filled, its own words are sent and it is told',
  async (type, templates, told) => {
    const plain = await sent(type, {})
    const { json, noticed } = await sent(type, templates)
    expect(json).toEqual(plain.json)
    expect(noticed).toEqual([expect.stringContaining(told)])
    expect(noticed[0]).toContain('it is worded as without the template')
  },
)

it('an expression that is none, or that asks the clock, is refused with the configuration', () => {
  const slack = { type: 'slack', url: 'https://hooks.slack.example/x' }
  const wrong = (template: unknown) => () => parseConfig({ sinks: [{ ...slack, text: template }] })
  expect(wrong(jsonata('a +'))).toThrow(/sinks\[0\]\.text\.jsonata: expected a JSONata expression/)
  expect(wrong(jsonata('$now()'))).toThrow(/\$now .*not available here/)
  expect(wrong('title')).toThrow(/sinks\[0\]\.text/)
  expect(() => parseConfig({ sinks: [{ ...slack, text: jsonata('title') }] })).not.toThrow()
})
