/** Installs a Redis server with the system's package manager, where that needs no questions. */
import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { BaseLogger } from 'pino'
import { EngineError } from '../errors.ts'
import { findRedisProgram, type RedisProgram, VERSION_MIN } from './redis-program.ts'

/** A package manager that waits this long waits for a person or for a network that is not there. */
const STEP_MS_MAX = 10 * 60_000
/** Lines of a failed step's output that go into the error. */
const OUTPUT_LINES_KEPT = 4

interface PackageManager {
  readonly command: string
  /** Whether it changes the system and so must run as root. */
  readonly asRoot: boolean
  readonly refresh?: readonly string[]
  /** Tried in this order; the first that installs wins. */
  readonly installs: readonly (readonly string[])[]
}

/**
 * `redis-tools` and not `redis-server` on Debian and Ubuntu: it brings the server's binary, and
 * neither enables nor starts a service. None of the other packages starts one.
 */
const APT_INSTALL = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
const MANAGERS: readonly PackageManager[] = [
  {
    command: 'apt-get',
    asRoot: true,
    refresh: ['update', '-q'],
    installs: [
      [...APT_INSTALL, 'redis-tools'],
      [...APT_INSTALL, 'valkey-tools'],
    ],
  },
  {
    command: 'dnf',
    asRoot: true,
    installs: [
      ['install', '-y', 'valkey'],
      ['install', '-y', 'redis'],
    ],
  },
  {
    command: 'apk',
    asRoot: true,
    installs: [
      ['add', '--no-cache', 'redis'],
      ['add', '--no-cache', 'valkey'],
    ],
  },
  { command: 'brew', asRoot: false, installs: [['install', 'redis']] },
]

/** How to get a server, for each system, in one message. */
export const HOW_TO_GET_REDIS =
  `Perimeter needs Redis or Valkey ${VERSION_MIN} or later. Set REDIS_URL to one that runs, or ` +
  'install one: Debian, Ubuntu "sudo apt-get install redis-tools"; Fedora, RHEL "sudo dnf install ' +
  'valkey"; Alpine "apk add redis"; macOS "brew install redis"; Windows: use WSL or REDIS_URL.'

/** Installs a server and answers where it is. Throws REDIS_UNAVAILABLE where it cannot. */
export async function installRedis(log?: Pick<BaseLogger, 'info'>): Promise<RedisProgram> {
  const failed: string[] = []
  for (const manager of MANAGERS) {
    if (!(await isOnPath(manager.command))) continue
    const prefix = manager.asRoot ? await rootPrefix() : []
    if (prefix === undefined) {
      failed.push(`${manager.command} needs root, and sudo asks for a password.`)
      continue
    }
    const problem = await installWith(manager, prefix, log)
    const { program } = await findRedisProgram()
    if (program !== undefined) {
      log?.info({ file: program.file, version: program.version }, 'Redis is installed')
      return program
    }
    failed.push(problem ?? `${manager.command} installed no recent enough server.`)
  }
  throw new EngineError('REDIS_UNAVAILABLE', [HOW_TO_GET_REDIS, ...failed].join(' '))
}

async function installWith(
  manager: PackageManager,
  prefix: readonly string[],
  log?: Pick<BaseLogger, 'info'>,
): Promise<string | undefined> {
  const step = (words: readonly string[]) => {
    const command = [...prefix, manager.command, ...words]
    log?.info({ command: command.join(' ') }, 'installing Redis')
    return runQuietly(command)
  }
  // Old lists may still do: whether the install itself works is what counts.
  const stale = manager.refresh === undefined ? undefined : await step(manager.refresh)
  let problem: string | undefined
  for (const words of manager.installs) {
    problem = await step(words)
    if (problem === undefined) return undefined
  }
  return problem ?? stale
}

/** Nothing for root, `sudo -n` where that asks nothing, undefined where it would ask. */
async function rootPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return []
  const isFree =
    (await isOnPath('sudo')) && (await runQuietly(['sudo', '-n', 'true'])) === undefined
  return isFree ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : undefined
}

async function isOnPath(command: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, command), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}

/** Runs a command without a terminal; answers undefined, or the end of what it said. */
function runQuietly([command, ...words]: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-4096)
    }
    const child = spawn(command!, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', HOMEBREW_NO_AUTO_UPDATE: '1' },
      timeout: STEP_MS_MAX,
    })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve(`${command}: ${error.message}.`))
    child.on('close', (code, signal) => {
      const tail = output.trim().split('\n').slice(-OUTPUT_LINES_KEPT).join(' / ')
      const said = `"${[command, ...words].join(' ')}" ended with ${signal ?? code}: ${tail}`
      resolve(code === 0 ? undefined : said)
    })
  })
}
