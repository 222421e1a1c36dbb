/** `perimeter serve`: takes events in over HTTP, and leaves the rest to workers. */
import type { Command } from 'commander'
import { type RunOptions, runPipeline, withConfig, withNewKey } from './run.ts'

export function serve(program: Command): void {
  withNewKey(withConfig(program.command('serve')))
    .description('take events in over HTTP and queue them for the workers')
    .action((options: RunOptions) => runPipeline(options, { work: false }))
}
