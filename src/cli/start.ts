/** `perimeter start`: everything in one process. */
import type { Command } from 'commander'
import { type RunOptions, runPipeline, withConfig, withNewKey } from './run.ts'

export function start(program: Command): void {
  withNewKey(withConfig(program.command('start')))
    .description('take events in, score them and deliver alerts, all in one process')
    .action((options: RunOptions) => runPipeline(options, {}))
}
