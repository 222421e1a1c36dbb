/** The format that a command reads its files in. */
import type { Config } from '../config.ts'
import type { Format } from '../formats/format.ts'
import { formatChosen, ownFormats } from '../formats/index.ts'

/**
 * The format of a name, among those of the configuration too; undefined where it is to be found out.
 *
 * @throws EngineError FORMAT_UNKNOWN
 */
export function chosenFormat(name: string, { formats }: Config): Format | undefined {
  return formatChosen(name, ownFormats(formats))
}
