/** Gives the whole test run one private Redis in a temporary folder, and ends it afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { acquireRedis } from '../../src/runtime/redis.ts'
import { urlOf } from './url-of.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the run's Redis is; empty where none can be had. */
    redisUrl: string
    /** Why there is none. Tests that need Redis fail with it; the others run. */
    redisProblem: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'perimeter-test-'))
  const removeFiles = () => rm(dataDir, { recursive: true, force: true })
  try {
    const redis = await acquireRedis({ url: '', dataDir, install: true })
    provide('redisUrl', urlOf(redis.connection))
    provide('redisProblem', '')
    return async () => {
      await redis.stop()
      await removeFiles()
    }
  } catch (error) {
    provide('redisUrl', '')
    provide('redisProblem', error instanceof Error ? error.message : String(error))
    return removeFiles
  }
}
