/** What follows for an alert from what its receiver does, for every kind of sink that has a receiver. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { openSink, sinkKinds } from '../../src/sinks/index.ts'
import { httpCases } from '../sinks/cases.ts'
import { anAlert, startReceiver } from '../sinks/receiver.ts'
import { conditions, INNER_HOSTS, innerConfig, type Reaction, reactionTo } from './reactions.ts'

/** `npm run readme` sets it: the table is then written instead of compared. */
const isWriting = process.env.UPDATE_README === '1'
const PAGE = new URL('../../docs/sinks.md', import.meta.url)
const TABLE = /(?<=<!-- reactions:begin -->\n)[\s\S]*?(?=<!-- reactions:end -->)/
const types = sinkKinds.map(({ type }) => type).filter((type) => type !== 'file')
const httpTypes = types.filter((type) => type in httpCases)

/** What was seen, by sink and condition. */
const seen = new Map<string, readonly (Reaction | undefined)[]>()

async function reactionsOf(type: string): Promise<(Reaction | undefined)[]> {
  const alert = anAlert(httpCases[type]?.change)
  return Promise.all(
    conditions.map(async ({ stage }) => {
      const staged = await stage(type)
      if (staged === undefined) return undefined
      const sink = openSink(staged.config)
      const reaction = reactionTo(await sink.send(alert, { number: 1 }))
      await sink.close()
      await staged.close()
      return reaction
    }),
  )
}

it.each(types)('%s answers each of them as it should', async (type) => {
  const reactions = await reactionsOf(type)
  seen.set(type, reactions)
  for (const [at, reaction] of reactions.entries()) {
    const { what, follows, but } = conditions[at]!
    if (reaction !== undefined) expect(reaction, what).toBe(but?.[type] ?? follows)
  }
  if (!isWriting) expect(columnOf(type), 'run `npm run readme`').toEqual(reactions.map(shown))
})

afterAll(() => {
  if (!isWriting) return
  const text = readFileSync(PAGE, 'utf8')
  writeFileSync(
    PAGE,
    text.replace(TABLE, () => table()),
  )
})

const shown = (reaction: Reaction | undefined): string => reaction ?? ''

function table(): string {
  const head = ['', ...types.map((type) => `\`${type}\``)]
  const rows = conditions.map(({ what }, at) => [
    what,
    ...types.map((type) => shown(seen.get(type)?.[at])),
  ])
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return `${lines.join('\n')}\n`
}

/** What the page says of a sink. */
function columnOf(type: string): (string | undefined)[] {
  const lines = TABLE.exec(readFileSync(PAGE, 'utf8'))![0].trimEnd().split('\n')
  const [head, , ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  const at = head!.indexOf(`\`${type}\``)
  return rows.map((cells) => cells[at])
}

it.each(httpTypes)('%s is led to no inner address, however it is written', async (type) => {
  const receiver = await startReceiver((_, response) => response.writeHead(200).end())
  const alert = anAlert(httpCases[type]!.change)
  for (const host of INNER_HOSTS) {
    const sink = openSink(innerConfig(type, host, receiver.port))
    expect(await sink.send(alert, { number: 1 }), host).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('not a public address'),
    })
    expect(await sink.check(), host).toContain('not a public address')
    await sink.close()
  }
  expect(receiver.connections()).toBe(0)
  await receiver.close()
})
