/** A lock between processes: a file that only one of them can have created. */
import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../errors.ts'

/** The holder touches the file this often while it works. */
const TOUCH_MS = 2_000
/** A lock nobody has touched for so long belongs to a process that died. */
const STALE_MS = 15_000
const POLL_MS = 20
/** Longer than a large append-only file takes to load. */
const WAIT_MS_MAX = 6 * 60_000

/** Runs `work` while no other process, and no other call in this one, holds the file. */
export async function withFileLock<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const token = `${process.pid} ${randomBytes(8).toString('hex')}\n`
  await take(file, token)
  const touching = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => {}) // A lock that was lost is noticed by nobody but us.
  }, TOUCH_MS)
  try {
    return await work()
  } finally {
    clearInterval(touching)
    if ((await contentOf(file)) === token) await rm(file, { force: true })
  }
}

async function take(file: string, token: string): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX
  while (performance.now() < endMs) {
    try {
      await writeFile(file, token, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await contentOf(file)
    if (holder !== undefined && (await isStale(file, holder))) await remove(file, holder, token)
    else await sleep(POLL_MS)
  }
  const message = `${file} is held by process ${(await contentOf(file))?.trim()}: end it first.`
  throw new EngineError('REDIS_UNAVAILABLE', message)
}

async function isStale(file: string, holder: string): Promise<boolean> {
  const changedMs = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
  if (Date.now() - changedMs > STALE_MS) return true
  const pid = Number.parseInt(holder, 10)
  if (!(pid > 0)) return false // Created and not yet written.
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Removes a dead holder's lock, and gives back what turns out to be somebody else's fresh one. */
async function remove(file: string, holder: string, token: string): Promise<void> {
  const aside = `${file}.${token.split(' ')[1]!.trim()}` // two words by construction
  try {
    await rename(file, aside)
  } catch {
    return // Another process removed it first.
  }
  if ((await contentOf(aside)) !== holder) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
