/** What the page of a sink has to say: read off the overview and the golden files. */
import { existsSync, readFileSync } from 'node:fs'
import type { sinkKinds } from '../src/sinks/index.ts'
import { sentinelColumns } from '../src/sinks/shapes/sentinel.ts'

type Kind = (typeof sinkKinds)[number]

/** The generated part of `docs/sinks/NAME.md`. */
export function sinkPart({ type, title }: Kind): string {
  return [
    '## An alert there',
    '',
    ...formOf(type),
    '',
    '## When it comes again, and when it grows',
    '',
    ...growthOf(type),
    '',
    '## Options and failures',
    '',
    `All [options](../sinks.md#${anchorOf(`${type}: ${title}`)}), and those [shared by most](../sinks.md#shared-by-most); what follows`,
    'from each answer is told for all sinks [together](../sinks.md#what-they-have-in-common).',
  ].join('\n')
}

/** What the tests' receiver got for their small alert. */
function formOf(type: string): string[] {
  const folder = `test/golden/sinks/${type}`
  if (existsSync(`${folder}/small.cef.txt`)) {
    return ['```', readFileSync(`${folder}/small.cef.txt`, 'utf8').trimEnd(), '```']
  }
  if (!existsSync(`${folder}/small.json`)) {
    const shape = '[the alert itself](../alerts.md), or in the `shape` that is asked for.'
    return [`A record of JSON: ${shape}`]
  }
  const requests = JSON.parse(readFileSync(`${folder}/small.json`, 'utf8')) as unknown[]
  return ['```json', JSON.stringify(requests.at(-1), null, 2), '```']
}

function growthOf(type: string): string[] {
  const row = new RegExp(`^\\| \`${type}\` \\| (.*?) \\| ((?:[^|\\\\]|\\\\.)*) \\|$`, 'm')
  const [, again, grown] = row.exec(readFileSync('docs/sinks.md', 'utf8'))!
  return [
    '| second delivery of a revision | a later revision |',
    '|---|---|',
    `| ${again} | ${grown} |`,
  ]
}

/** As GitHub addresses a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')

/** The table and the rule that Sentinel needs, as `az` makes them. */
export function sentinelSetup(): string {
  const columns = Object.entries(sentinelColumns).map(([name, { type }]) => ({ name, type }))
  const stream = 'Custom-PerimeterAlerts_CL'
  const workspace =
    '/subscriptions/…/resourceGroups/SOC/providers/Microsoft.OperationalInsights/workspaces/SOC'
  const rule = {
    location: 'westeurope',
    kind: 'Direct',
    properties: {
      streamDeclarations: { [stream]: { columns } },
      destinations: { logAnalytics: [{ name: 'workspace', workspaceResourceId: workspace }] },
      dataFlows: [
        {
          streams: [stream],
          destinations: ['workspace'],
          transformKql: 'source',
          outputStream: stream,
        },
      ],
    },
  }
  return [
    '```',
    'az monitor log-analytics workspace table create --resource-group SOC --workspace-name SOC \\',
    '  --name PerimeterAlerts_CL --columns \\',
    `  ${columns.map(({ name, type }) => `${name}=${type}`).join(' \\\n  ')}`,
    '```',
    '',
    'The rule is this, in `rule.json`:',
    '',
    '```json',
    JSON.stringify(rule, null, 1).replace(
      /\{\s+"name": ("\w+"),\s+"type": ("\w+")\s+\}/g,
      '{ "name": $1, "type": $2 }',
    ),
    '```',
  ].join('\n')
}
