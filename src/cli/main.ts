#!/usr/bin/env node
/** The command `perimeter`. */
import { runProgram } from './program.ts'

// A reader that has seen enough, such as `head`, closes the pipe: that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

// Node would print all that hangs on an error: of a driver's, the command with what was in it.
process.on('uncaughtException', (error) => {
  process.stderr.write(`perimeter: ${error instanceof Error ? error.stack : typeof error}\n`)
  process.exit(1)
})

process.exitCode = await runProgram(process.argv.slice(2))
