/** Finds the `redis-server` or `valkey-server` program of this machine. */
import { spawnSync } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Where servers lie that a service's or a cron job's short PATH does not name. */
const USUAL_PLACES = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']

/**
 * Program files, and the name under which each acts as a server. Debian ships the server's binary
 * in `redis-tools` under the second name, where `redis-server` only adds a link and a service.
 */
const PROGRAMS = [
  { file: 'redis-server', actsAs: 'redis-server' },
  { file: 'valkey-server', actsAs: 'valkey-server' },
  { file: 'redis-check-rdb', actsAs: 'redis-server' },
  { file: 'valkey-check-rdb', actsAs: 'valkey-server' },
] as const

/** `--version` answers at once; a program that does not is not a server. */
const ANSWER_MS_MAX = 5_000

/** Below this BullMQ 6 warns and lacks commands it leans on. */
export const VERSION_MIN = '6.2.0'

export interface RedisProgram {
  /** Absolute path. */
  readonly file: string
  /** The name it must be called by to act as a server; differs from the file's name on Debian. */
  readonly actsAs: string
  readonly version: string
}

/** The first server that is recent enough; the newest of the too old ones is named beside it. */
export async function findRedisProgram(): Promise<{
  readonly program?: RedisProgram
  readonly tooOld?: RedisProgram
}> {
  let tooOld: RedisProgram | undefined
  const folders = new Set([...(process.env.PATH ?? '').split(delimiter), ...USUAL_PLACES])
  for (const { file, actsAs } of PROGRAMS) {
    for (const folder of folders) {
      const program = folder === '' ? undefined : await probe(join(folder, file), actsAs)
      if (program === undefined) continue
      if (isAtLeast(program.version, VERSION_MIN)) return { program }
      if (tooOld === undefined || isAtLeast(program.version, tooOld.version)) tooOld = program
    }
  }
  return tooOld === undefined ? {} : { tooOld }
}

/** Compares dotted versions number by number: `7.0.15` is at least `6.2.0`. */
export function isAtLeast(version: string, least: string): boolean {
  const left = version.split('.').map(Number)
  const right = least.split('.').map(Number)
  for (const [place, wanted] of right.entries()) {
    const have = left[place] ?? 0
    if (have !== wanted) return have > wanted
  }
  return true
}

async function probe(file: string, actsAs: string): Promise<RedisProgram | undefined> {
  try {
    await access(file, constants.X_OK)
  } catch {
    return undefined // Not there or not executable: the next place may hold one.
  }
  const options = { argv0: actsAs, timeout: ANSWER_MS_MAX, encoding: 'utf8' } as const
  const { stdout } = spawnSync(file, ['--version'], options)
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1]
  return version === undefined ? undefined : { file, actsAs, version }
}
