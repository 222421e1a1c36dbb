/** Chooses from a shelf the kind that a configuration names, and reads the configuration as its own. */
import { z } from 'zod'
import { EngineError } from '../errors.ts'

interface Kind {
  readonly type: string
  readonly schema: z.ZodType
}

export interface Chosen<Each extends Kind> {
  readonly kind: Each
  readonly config: z.output<Each['schema']>
}

/**
 * Throws CONFIG_INVALID where it is of no such kind, or not valid as one.
 *
 * @param what the shelf has, in the singular
 */
export function chosenKind<Each extends Kind>(
  what: string,
  kinds: readonly Each[],
  config: unknown,
): Chosen<Each> {
  const type = (config as { type?: unknown } | null | undefined)?.type
  const kind = kinds.find((one) => one.type === type)
  if (kind === undefined) {
    const known = kinds.map((one) => `"${one.type}"`).join(', ')
    const message = `A ${what} of type ${show(type)}: expected one of ${known}.`
    throw new EngineError('CONFIG_INVALID', message)
  }
  const read = kind.schema.safeParse(config)
  if (!read.success) {
    const name = what.replace(/^./, (letter) => letter.toUpperCase())
    const message = `${name} of type "${kind.type}" is not valid.\n${z.prettifyError(read.error)}`
    throw new EngineError('CONFIG_INVALID', message, { cause: read.error })
  }
  return { kind, config: read.data as z.output<Each['schema']> }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : typeof value
}
