/**
 * Pages of Microsoft Graph, read with the credentials of an application.
 *
 * The token goes to the host it is for and to no other, whatever a page says where the next one is.
 *
 * Source    Microsoft, "Paging Microsoft Graph data in your app", "Microsoft Graph throttling guidance".
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { nextLinkOf } from '../agent/graph-agents.ts'
import { EngineError } from '../errors.ts'
import { printable } from '../event/text.ts'
import { type HttpClient, openHttpClient, readAnswer, readJson } from '../sinks/http-client.ts'
import { type Authorised, authorised, oauthOptions } from '../sinks/oauth.ts'
import { checkUrls, httpOptions, httpUrl } from '../sinks/reach.ts'

/** Bytes of one page: 999 objects with all that can be expanded. */
const PAGE_BYTES_MAX = 67_108_864
/** Pages of one list; a link that leads in a circle has no end. */
const PAGES_MAX = 10_000
const ATTEMPTS_MAX = 5
/** Before the next attempt, where Graph does not say how long. */
const PAUSE_MS = 2_000
const ADDRESS_SHOWN_MAX = 300

export const graphSchema = z
  .strictObject({
    ...oauthOptions,
    url: httpUrl
      .default('https://graph.microsoft.com')
      .describe('Microsoft Graph; other clouds have their own.'),
    ...httpOptions,
  })
  .superRefine(checkUrls('url', 'loginUrl'))

export type GraphConfig = z.output<typeof graphSchema>

/** The page at an address and all that follow it. Throws INPUT_UNREADABLE, CONFIG_INVALID. */
export async function* graphPages(config: GraphConfig, address: string): AsyncGenerator<unknown> {
  const { origin } = new URL(config.url)
  const client = openHttpClient(config)
  try {
    const application = authorised(client, config, `${origin}/.default`)
    let next: string | undefined = address
    for (let pages = 0; next !== undefined; pages++) {
      if (pages === PAGES_MAX) throw unreadable(address, `it has more than ${PAGES_MAX} pages`)
      const url = URL.canParse(next) ? new URL(next) : undefined
      if (url?.origin !== origin) throw unreadable(next, `expected an address at ${origin}`)
      const page = await fetchPage(application, url)
      yield page
      next = nextLinkOf(page)
    }
  } finally {
    await client.close()
  }
}

async function fetchPage(application: Authorised, url: URL): Promise<unknown> {
  let body = ''
  const asked: Parameters<HttpClient['exchange']>[0] = {
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    responseBytesMax: PAGE_BYTES_MAX,
  }
  for (let number = 1; ; number++) {
    const answered = await application.deliver(asked, { number }, (answer) => {
      body = answer.body
      return readAnswer(answer)
    })
    if (answered.kind === 'delivered') break
    const isLast = number === ATTEMPTS_MAX || answered.kind === 'refused'
    if (isLast) throw unreadable(url.href, answered.reason)
    await sleep(answered.afterMs ?? PAUSE_MS)
  }
  const page = readJson(body)
  if (page !== undefined) return page
  throw unreadable(url.href, 'expected a page of JSON')
}

function unreadable(address: string, why: string): EngineError {
  return new EngineError('INPUT_UNREADABLE', `${printable(address, ADDRESS_SHOWN_MAX)}: ${why}.`)
}
