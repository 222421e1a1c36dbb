/**
 * A crew of worker processes. Some are always loaded and ready in reserve, so that one that is killed
 * is followed at once by another.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { PipelineSetting } from '../stream.ts'

const RESERVE = 2
const SCRIPT = new URL('../run-worker.ts', import.meta.url).pathname
const STOP_MS_MAX = 20_000
/** How one ends that could not begin, because Redis was away. */
const NOT_BEGUN = 4

export interface Crew {
  /** Those at work, a process that is stopped for a while among them. */
  readonly members: readonly ChildProcess[]
  /** Puts one more to work; resolves when it has begun. */
  add(setting: PipelineSetting): Promise<void>
  kill(member: ChildProcess): Promise<void>
  /** Lets it finish and give back what it holds. */
  remove(member: ChildProcess): Promise<void>
  /** What those that ended by themselves, which none should, said last. */
  readonly troubles: readonly string[]
  end(): Promise<void>
}

export function startCrew(): Crew {
  const members: ChildProcess[] = []
  const troubles: string[] = []
  const reserve: ChildProcess[] = []
  let isEnding = false
  const refill = () => {
    while (!isEnding && reserve.length < RESERVE) reserve.push(load(troubles))
  }
  const forget = (member: ChildProcess) => {
    const at = members.indexOf(member)
    if (at >= 0) members.splice(at, 1)
  }
  refill()
  return {
    members,
    troubles,
    async add(setting) {
      if (isEnding) return
      const member = reserve.shift()!
      refill()
      const begun = once(member.stdout!, 'data')
      member.stdin!.write(`${JSON.stringify(setting)}\n`)
      members.push(member)
      member.once('exit', () => forget(member))
      await Promise.race([begun, once(member, 'exit')])
      if (member.exitCode === NOT_BEGUN) await this.add(setting)
    },
    async kill(member) {
      forget(member)
      if (member.exitCode !== null || member.signalCode !== null) return
      const ended = once(member, 'exit')
      member.kill('SIGKILL')
      await ended
    },
    async remove(member) {
      forget(member)
      if (member.exitCode !== null || member.signalCode !== null) return
      const ended = once(member, 'exit')
      member.kill('SIGTERM')
      const timer = setTimeout(() => {
        troubles.push('A worker that was told to stop did not.')
        member.kill('SIGKILL')
      }, STOP_MS_MAX)
      await ended
      clearTimeout(timer)
    },
    async end() {
      isEnding = true
      for (const child of [...members, ...reserve]) {
        child.kill('SIGCONT')
        await this.kill(child)
      }
    },
  }
}

function load(troubles: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  child.once('exit', (code, signal) => {
    // SIGTERM ends one at once that has not begun yet.
    const isOurs = signal === 'SIGKILL' || signal === 'SIGTERM'
    if (!isOurs && code !== 0 && code !== NOT_BEGUN)
      troubles.push(`A worker ended with ${code}: ${said}`)
  })
  return child
}
