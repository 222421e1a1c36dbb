/**
 * Logged error: what of an error may stand in a log.
 *
 * Errors of a driver carry the command that failed, and with it a password or a batch of events. So
 * names, codes and places are kept, and whatever else hangs on an error is not.
 */

/** Causes followed; one that goes on is a loop. */
const CAUSES_MAX = 5

export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string | number
  readonly stack?: string
  readonly cause?: LoggedError
}

export function loggedError(error: unknown, causesLeft = CAUSES_MAX): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something was thrown' }
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  const isCoded = typeof code === 'string' || typeof code === 'number'
  return {
    type: name,
    message,
    ...(isCoded ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || causesLeft === 0
      ? {}
      : { cause: loggedError(cause, causesLeft - 1) }),
  }
}
