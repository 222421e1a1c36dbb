/**
 * Runs a worker until it is killed, or told to stop. Its setting is the JSON of the first argument, or
 * of the first line it is sent, which lets a test load the program before it needs the worker.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pipeline } from './stream.ts'

/** Redis was away; whoever started it starts another. */
const NOT_BEGUN = 4

const setting = process.argv[2] ?? (await firstLine())
const one = await pipeline(JSON.parse(setting), { ingest: false }).catch((error) => {
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exit(NOT_BEGUN)
})
process.once('SIGTERM', () => {
  one.stop().then(() => process.exit(0))
})
one.failed.then((error) => {
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exit(3)
})
process.stdout.write('up\n')

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  const [line] = await once(lines, 'line')
  lines.close()
  return String(line)
}
