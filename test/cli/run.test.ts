import { Command } from 'commander'
import { expect, it, vi } from 'vitest'
import { withReason } from '../../src/cli/run.ts'

const named = vi.hoisted(() => ({ userInfo: vi.fn() }))
vi.mock('node:os', async (original) => ({ ...(await original<object>()), ...named }))

const whoAsks = () =>
  withReason(new Command('change')).parse(['--why', 'asked'], { from: 'user' }).opts().by

it('puts down the name of the user who runs it', () => {
  named.userInfo.mockReturnValueOnce({ username: 'ada' })
  expect(whoAsks()).toBe('ada')
})

it('puts down the number of a user whom no file names, as in many a container', () => {
  named.userInfo.mockImplementationOnce(() => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  })
  expect(whoAsks()).toBe(`uid ${process.getuid?.()}`)
})
