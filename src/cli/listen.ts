/** Has a server listen, and says which option is in the way where it cannot. */
import { EngineError } from '../errors.ts'

/**
 * Answers the address. Throws CONFIG_INVALID.
 *
 * @param option the part of the configuration that has `host` and `port`
 */
export async function listen(
  { host, port }: { readonly host: string; readonly port: number },
  option: string,
  open: () => Promise<string>,
): Promise<string> {
  try {
    return await open()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'is in use; another process listens there' : message
    const place = `${option}.port: ${host}:${port}`
    throw new EngineError('CONFIG_INVALID', `${place} ${why}.`, { cause })
  }
}
