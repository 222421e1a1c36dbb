/** `perimeter worker`: scores events and delivers alerts; run several to share the load. */
import type { Command } from 'commander'
import { type RunOptions, runPipeline, withConfig } from './run.ts'

export function worker(program: Command): void {
  withConfig(program.command('worker'))
    .description('score queued events and deliver alerts; run several to share the load')
    .action((options: RunOptions) => runPipeline(options, { ingest: false }))
}
