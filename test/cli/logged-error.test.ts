import { expect, it } from 'vitest'
import { loggedError } from '../../src/cli/logged-error.ts'

it('keeps what an error is, and nothing that hangs on it', () => {
  const cause = Object.assign(new TypeError('the cause'), { command: { args: ['s3cret'] } })
  const error = Object.assign(new Error('what happened', { cause }), {
    code: 'ECONNRESET',
    previousErrors: [new Error('s3cret')],
    command: { name: 'auth', args: ['default', 's3cret'] },
  })
  const logged = loggedError(error)
  expect(logged).toMatchObject({
    type: 'Error',
    message: 'what happened',
    code: 'ECONNRESET',
    cause: { type: 'TypeError', message: 'the cause' },
  })
  expect(logged.stack).toContain('logged-error.test.ts')
  expect(JSON.stringify(logged)).not.toContain('s3cret')
})

it('ends where causes go round in a circle, and tells nothing of what is no error', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.stringify(loggedError(error)).split('round"').length).toBeLessThan(20)
  expect(loggedError({ password: 's3cret' })).toEqual({
    type: 'object',
    message: 'something was thrown',
  })
})
