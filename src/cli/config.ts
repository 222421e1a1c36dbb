/** `perimeter config`: checks the configuration and shows what it comes to. */
import type { Command } from 'commander'
import { masked, parseConfig, readConfig } from '../config.ts'
import { withConfig } from './run.ts'

export function config(program: Command): void {
  const command = program.command('config').description('check or show the configuration')

  withConfig(command.command('check'))
    .description('print the configuration in effect, secrets hidden; exit 1 if it is not valid')
    .action(async (options: { config?: string }) => {
      const read = await readConfig(options.config)
      print(masked(read.config))
      for (const name of read.strays) {
        process.stderr.write(`perimeter: no option is named by ${name}.\n`)
      }
    })

  command
    .command('defaults')
    .description('print the configuration with nothing set, as a file to begin with')
    .action(() => print(parseConfig({})))
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
