/**
 * A private Redis server in a folder: shared by every process that uses the folder, ended with the
 * last of them, whichever way that one ends.
 *
 * The server runs under a small shell script, its supervisor, in a session of its own, so that
 * Ctrl-C at the terminal reaches the engine and not the server. Every process that uses the server
 * holds the write end of a named pipe, `hold`; the supervisor reads from it. When the last holder
 * closes the pipe, or dies and the kernel closes it, the supervisor reads the end of the file and
 * sends the server SIGTERM. Nobody has to be alive to end it, and nobody ends it under another.
 *
 * - absent:   no `hold`. A process that wants the server takes `start.lock` and starts one.
 * - starting: `hold` is there and the supervisor waits for its first holder.
 * - running:  the supervisor copies each line it reads from `hold` to `hold.ack`. A process that
 *             finds its own line there knows that it was heard before the end could be, and so that
 *             the server stays until it lets go.
 * - ending:   the supervisor has removed `hold`; the server writes its file and ends.
 * - orphaned: `hold` has no reader, yet the server answers (somebody killed the supervisor). Whoever
 *             comes next shuts that server down and starts another on the same data.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { withFileLock } from './file-lock.ts'
import {
  awaitRedis,
  describeRedis,
  greetRedis,
  type RedisAddress,
  type RedisGreeting,
} from './redis-address.ts'
import type { RedisProgram } from './redis-program.ts'

/** `sun_path` holds 104 bytes on macOS and 108 on Linux; a longer path means a port instead. */
const SOCKET_PATH_BYTES_MAX = 100
/** Until the supervisor has heard a new holder; it reads lines and does nothing else. */
const HEARD_MS_MAX = 3_000
/** Until the server is ready. A large append-only file loads at some 100 MB a second. */
const READY_MS_MAX = 5 * 60_000
/** Until a server that was told to end has ended; it only has to sync its file. */
const ENDED_MS_MAX = 15_000
/** How soon the supervisor of a last holder removes `hold`; later means that others hold it. */
const LAST_MS_MAX = 500
const POLL_MS = 10
/** The server's own log is begun anew past this size, at the next start. */
const LOG_BYTES_MAX = 1_048_576

const SUPERVISOR = `
hold=$1; ack=$2; program=$3; conf=$4
mkfifo -m 600 "$hold" || exit 75
exec 3<"$hold" || exit 75
"$program" "$conf" </dev/null 3<&- &
server=$!
trap 'kill -TERM "$server" 2>/dev/null' TERM INT HUP
(
  trap - TERM INT HUP
  while IFS= read -r line <&3; do printf '%s\\n' "$line" >>"$ack"; done
  rm -f "$hold"
  kill -TERM "$server" 2>/dev/null
) &
reader=$!
exec 3<&-
while :; do
  wait "$server"; code=$?
  kill -0 "$server" 2>/dev/null || break
done
kill "$reader" 2>/dev/null
rm -f "$hold"
exit "$code"
`

export interface PrivateRedis {
  readonly options: RedisAddress
  readonly greeting: RedisGreeting
  /** Whether another process had started it. */
  readonly isJoined: boolean
  /** Lets go. Where nobody else holds the server, it has ended when this resolves. */
  stop(): Promise<void>
}

/** Joins the server that runs in the folder, or starts one there. */
export async function openPrivateRedis(
  folder: string,
  findProgram: () => Promise<RedisProgram>,
): Promise<PrivateRedis> {
  const directory = resolve(folder)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return withFileLock(join(directory, 'start.lock'), async () => {
    const files = filesIn(directory)
    const joined = await takeHold(files)
    if (joined !== undefined) return settle(files, joined, true)
    await endOrphan(files)
    return start(files, await findProgram())
  })
}

type Files = ReturnType<typeof filesIn>

function filesIn(directory: string) {
  return {
    directory,
    socket: join(directory, 'redis.sock'),
    conf: join(directory, 'redis.conf'),
    log: join(directory, 'redis.log'),
    pid: join(directory, 'redis.pid'),
    /** The address, for those who join; it can hold a password, so only the owner may read it. */
    address: join(directory, 'address.json'),
    hold: join(directory, 'hold'),
    ack: join(directory, 'hold.ack'),
  }
}

/** Takes hold of a running server. Answers the open end of the pipe, or undefined for none. */
async function takeHold(files: Files): Promise<number | undefined> {
  const endMs = performance.now() + ENDED_MS_MAX
  while (performance.now() < endMs) {
    const end = openHold(files.hold)
    if (end === undefined) return undefined
    if (await isHeard(files, end)) return end
    closeSync(end) // The server was ending as we came; wait until it is gone.
  }
  return undefined
}

/** Opens the write end; undefined where there is no pipe or nobody reads it. */
function openHold(hold: string): number | undefined {
  try {
    return openSync(hold, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENXIO') return undefined
    throw error
  }
}

async function isHeard({ ack }: Files, end: number): Promise<boolean> {
  const token = `${process.pid} ${randomBytes(8).toString('hex')}`
  try {
    writeSync(end, `${token}\n`)
  } catch {
    return false // EPIPE: the reader went away between opening and writing.
  }
  return until(
    () => existsSync(ack) && readFileSync(ack, 'utf8').split('\n').includes(token),
    HEARD_MS_MAX,
  )
}

async function start(files: Files, program: RedisProgram): Promise<PrivateRedis> {
  await Promise.all([files.hold, files.ack, files.pid].map((file) => rm(file, { force: true })))
  const options = await chooseAddress(files)
  await writeFile(files.address, JSON.stringify(options), { mode: 0o600 })
  await writeFile(files.conf, configure(files, options), { mode: 0o600 })
  const logBytes = await stat(files.log).then(
    ({ size }) => size,
    () => 0,
  )
  if (logBytes > LOG_BYTES_MAX) await rm(files.log, { force: true })

  // The program acts by the name it is called by, so it is called through a link of that name.
  const link = join(files.directory, program.actsAs)
  await rm(link, { force: true })
  await symlink(program.file, link)
  const words = ['-c', SUPERVISOR, 'perimeter-redis', files.hold, files.ack, link, files.conf]
  const child = spawn('/bin/sh', words, { detached: true, stdio: 'ignore', cwd: files.directory })
  child.on('error', () => {}) // Shown by the wait below: no pipe appears.
  child.unref()

  let end: number | undefined
  await until(() => {
    end ??= openHold(files.hold)
    return end !== undefined || child.exitCode !== null
  }, HEARD_MS_MAX)
  if (end === undefined || !(await isHeard(files, end))) {
    if (end !== undefined) closeSync(end)
    throw new EngineError(
      'REDIS_UNAVAILABLE',
      `The private Redis did not start in ${files.directory}: ${await lastWords(files)}`,
    )
  }
  return settle(files, end, false)
}

/** Waits until the server that is held by `end` is ready. */
async function settle(files: Files, end: number, isJoined: boolean): Promise<PrivateRedis> {
  const options = JSON.parse(await readFile(files.address, 'utf8')) as RedisAddress
  let greeting: RedisGreeting
  try {
    greeting = await awaitRedis(options, READY_MS_MAX, () =>
      existsSync(files.hold) ? undefined : `The private Redis in ${files.directory} ended.`,
    )
  } catch (error) {
    closeSync(end)
    const message = error instanceof Error ? error.message : String(error)
    const said = `${message} Its log ends: ${await lastWords(files)}`
    throw new EngineError('REDIS_UNAVAILABLE', said, { cause: error })
  }
  let stopping: Promise<void> | undefined
  const stop = async () => {
    closeSync(end)
    const isLast = await until(() => !existsSync(files.hold), LAST_MS_MAX)
    if (isLast) await ended(greeting.processId)
  }
  return {
    options,
    greeting,
    isJoined,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

/** Waits for a server that was told to end; one that does not is killed, by its id only. */
async function ended(pid: number): Promise<void> {
  if (await until(() => !isAlive(pid), ENDED_MS_MAX)) return
  process.kill(pid, 'SIGKILL')
}

/** Ends a server which lost its supervisor; its data stays. */
async function endOrphan({ address, directory }: Files): Promise<void> {
  if (!existsSync(address)) return
  const options = JSON.parse(await readFile(address, 'utf8')) as RedisAddress
  const answers = () =>
    greetRedis(options).then(
      () => true,
      () => false,
    )
  if (!(await answers())) return
  const client = new Redis({ ...options, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {}) // Its end is what we ask for.
  await client.call('SHUTDOWN').catch(() => {})
  client.disconnect()
  const endMs = performance.now() + ENDED_MS_MAX
  while (await answers()) {
    if (performance.now() > endMs) {
      const where = describeRedis(options)
      const message = `A Redis without a supervisor runs at ${where} in ${directory}: end it first.`
      throw new EngineError('REDIS_UNAVAILABLE', message)
    }
    await sleep(POLL_MS)
  }
}

/** A socket in the folder; a loopback port with a password where its path would be too long. */
async function chooseAddress({ socket }: Files): Promise<RedisAddress> {
  if (Buffer.byteLength(socket) <= SOCKET_PATH_BYTES_MAX) return { path: socket }
  const port = await new Promise<number>((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
  return { host: '127.0.0.1', port, password: randomBytes(24).toString('hex') }
}

/** Everything is kept, synced once a second; nothing is evicted; nobody else may connect. */
function configure(files: Files, { path, port, password }: RedisAddress): string {
  const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
  return [
    ...(path === undefined
      ? [`bind 127.0.0.1`, `port ${port}`, `requirepass ${password}`]
      : ['port 0', `unixsocket ${quoted(path)}`, 'unixsocketperm 700']),
    'protected-mode yes',
    `dir ${quoted(files.directory)}`,
    `pidfile ${quoted(files.pid)}`,
    `logfile ${quoted(files.log)}`,
    'loglevel warning',
    'daemonize no',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    '',
  ].join('\n')
}

async function lastWords({ log, directory }: Files): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-3).join(' / ') || `nothing in ${directory}/redis.log`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function until(isSo: () => boolean, waitMs: number): Promise<boolean> {
  const endMs = performance.now() + waitMs
  while (!isSo()) {
    if (performance.now() > endMs) return false
    await sleep(POLL_MS)
  }
  return true
}
