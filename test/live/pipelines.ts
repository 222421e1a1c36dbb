/** What a test file that opens pipelines begins with: after each test those that it opened are stopped. */
import { afterEach } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { pipeline } from './stream.ts'

/** Call it once, at the top of a test file. Answers how to open one. */
export function usePipelines(): typeof pipeline {
  let opened: Pipeline[] = []
  afterEach(async () => {
    for (const one of opened) await one.stop()
    opened = []
  })
  return async (...args) => {
    const one = await pipeline(...args)
    opened.push(one)
    return one
  }
}
