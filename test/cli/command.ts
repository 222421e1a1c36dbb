/** Runs the command: as a user would, or within the test where a process more would prove nothing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { vi } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunSetting {
  readonly cwd: string
  readonly env?: Record<string, string>
  /** What is piped in; undefined for nothing, null for a pipe that stays open. */
  readonly input?: string | Buffer | null
  /** Called as soon as it runs. */
  readonly meanwhile?: (child: ChildProcess) => void
}

export async function perimeter(
  words: readonly string[],
  { cwd, env = {}, input, meanwhile }: RunSetting,
): Promise<Ran> {
  const { REDIS_URL: _, ...own } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...words], {
    cwd,
    env: { ...own, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdin.on('error', () => {}) // it may end before it has read everything
  if (input !== null) child.stdin.end(input ?? '')
  meanwhile?.(child)
  const [code] = await once(child, 'close')
  return { code, out, err }
}

/** As `perimeter`, in this process; one at a time. */
export async function within(words: readonly string[], cwd: string): Promise<Ran> {
  const before = process.cwd()
  const texts = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      texts[name] += String(text)
      return true
    }),
  )
  process.chdir(cwd)
  try {
    const code = await runProgram(words)
    return { code, out: texts.stdout, err: texts.stderr }
  } finally {
    process.chdir(before)
    for (const spy of spies) spy.mockRestore()
  }
}
