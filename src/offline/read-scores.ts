/** Reads score lines, as `perimeter scan --scores` writes them, for evaluation without the events. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { timeToMs } from '../event/event.ts'
import { lineSplitter } from '../formats/text/lines.ts'
import { chunksOf, sourcesOf } from './source.ts'

const scoreLineSchema = z.looseObject({
  id: z.string().min(1),
  agent: z.string().min(1),
  time: z.union([z.string(), z.number()]).refine((time) => timeToMs(time) !== undefined),
  score: z.number(),
  session: z.string().optional(),
})

export interface ReadScore {
  readonly id: string
  readonly agent: string
  readonly time: number
  readonly score: number
  readonly session: string | undefined
}

/** Whether the first line of a file is a score and no event: an agent's name where an event has an object. */
export async function isOfScores(path: string): Promise<boolean> {
  if (path === '-') return false
  const [source] = await sourcesOf([path])
  const chunks = chunksOf(source!) // one path, one source
  const first = await chunks.next()
  await chunks.return(undefined)
  if (first.done) return false
  const [line = ''] = first.value.bytes.toString('utf8').split('\n', 1)
  try {
    return scoreLineSchema.safeParse(JSON.parse(line)).success
  } catch {
    return false
  }
}

/** @throws EngineError INPUT_UNREADABLE with the line that is no score */
export async function readScores(
  paths: readonly string[],
  each: (score: ReadScore) => void,
): Promise<void> {
  for (const source of await sourcesOf(paths)) {
    const refuse = (number: number, reason: string) => {
      throw new EngineError('INPUT_UNREADABLE', `${source.path}:${number} is no score: ${reason}.`)
    }
    const splitter = lineSplitter({
      line(text, number) {
        if (text.trim() === '') return
        each(scoreIn(text) ?? refuse(number, 'expected {"id","agent","time","score"}'))
      },
      bad: refuse,
    })
    for await (const { bytes } of chunksOf(source)) splitter.push(bytes)
    splitter.finish()
  }
}

function scoreIn(text: string): ReadScore | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const read = scoreLineSchema.safeParse(value)
  if (!read.success) return undefined
  const { id, agent, time, score, session } = read.data
  return { id, agent, time: timeToMs(time) ?? 0, score, session }
}
