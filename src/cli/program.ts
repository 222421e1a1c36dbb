/** The command `perimeter`. To add a subcommand: one file, and its name in `commands`. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { EngineError } from '../errors.ts'
import { agents } from './agents.ts'
import { baselines } from './baselines.ts'
import { config } from './config.ts'
import { deadLetters } from './dead-letters.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { evaluate } from './evaluate.ts'
import { ingest } from './ingest.ts'
import { learn } from './learn.ts'
import { models } from './models.ts'
import { scan } from './scan.ts'
import { serve } from './serve.ts'
import { simulate } from './simulate.ts'
import { sinks } from './sinks.ts'
import { start } from './start.ts'
import { top } from './top.ts'
import { train } from './train.ts'
import { worker } from './worker.ts'

/** Each adds itself to the program; help lists them in this order. */
const commands: readonly ((program: Command) => void)[] = [
  demo,
  scan,
  evaluate,
  ingest,
  learn,
  agents,
  baselines,
  models,
  deadLetters,
  sinks,
  simulate,
  train,
  start,
  serve,
  worker,
  top,
  config,
  doctor,
]

const EXIT_FAILED = 1
const EXIT_USAGE = 2

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** Runs a command line, without the two words it begins with, and answers the exit code. */
export async function runProgram(words: readonly string[]): Promise<number> {
  const program = new Command('perimeter')
    .description('Behavioural anomaly detection for AI-agent identities.')
    .version(version)
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
  for (const add of commands) add(program)
  try {
    await program.parseAsync(words, { from: 'user' })
    return Number(process.exitCode ?? 0) // a command that was interrupted says so itself
  } catch (error) {
    return report(error)
  }
}

/** Says what went wrong, one line for each problem, and answers the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof EngineError) {
    for (const line of error.message.split('\n')) process.stderr.write(`perimeter: ${line}\n`)
  } else {
    process.stderr.write(`perimeter: ${error instanceof Error ? error.stack : String(error)}\n`)
  }
  return EXIT_FAILED
}
