/** For every kind of sink: a receiver that plays the other side, and how it knows an alert again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

export const SECRET = 'a-secret-of-the-tests'
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const APPLICATION = {
  tenantId: 'contoso.example',
  clientId: '11111111-2222-4333-8444-555555555555',
  clientSecret: SECRET,
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A sink that speaks HTTP. */
export interface HttpCase {
  config(base: string): Record<string, unknown>
  /** What the receiver answers to an alert it takes. @default 200 without a body */
  readonly accepted?: { readonly status: number; readonly body?: string }
  /** Which requests carry an alert. @default all */
  isAlert?(path: string): boolean
  /** By what the receiver knows the alert, and its revision where it keeps that apart. */
  key(received: Received): { readonly id: string; readonly revision: number | string }
}

const json = ({ body }: Received) => JSON.parse(body)

export const httpCases: Readonly<Record<string, HttpCase>> = {
  webhook: {
    config: (base) => ({ url: `${base}/hook`, secrets: [SIGNING] }),
    key: (received) => {
      const { id, revision } = json(received).data
      return { id: id + received.headers['webhook-id']?.split('_r', 1)[0], revision }
    },
  },
  splunk: {
    config: (base) => ({ url: base, token: SECRET }),
    accepted: { status: 200, body: '{"text":"Success","code":0}' },
    key: (received) => {
      const { alert_id: id, revision } = json(received).fields
      return { id, revision }
    },
  },
  sentinel: {
    config: (base) => ({
      endpoint: base,
      loginUrl: base,
      ruleId: `dcr-${'0a'.repeat(16)}`,
      ...APPLICATION,
    }),
    accepted: { status: 204 },
    isAlert: (path) => path.startsWith('/dataCollectionRules/'),
    key: (received) => {
      const [{ AlertId: id, Revision: revision }] = json(received)
      return { id, revision }
    },
  },
  elastic: {
    config: (base) => ({ url: base, apiKey: SECRET, index: 'perimeter-alerts' }),
    accepted: {
      status: 200,
      body: '{"took":1,"errors":false,"items":[{"index":{"status":201}}]}',
    },
    key: ({ body }) => {
      const { _id: id, version: revision } = JSON.parse(body.split('\n')[0]!).index
      return { id, revision }
    },
  },
  ocsf: {
    config: (base) => ({ url: `${base}/findings`, authorization: `Bearer ${SECRET}` }),
    accepted: { status: 202 },
    key: (received) => {
      const { finding_info, metadata } = json(received)
      return { id: finding_info.uid, revision: metadata.uid }
    },
  },
}

/** What a sink is given so that it may talk to a receiver of these tests. */
export const LOCAL = { allowHttp: true, allowPrivate: ['127.0.0.1'] }

export interface Played {
  readonly config: Record<string, unknown>
  /** The alerts that arrived, as the receiver knows them. */
  arrived(): { readonly id: string; readonly revision: number | string }[]
  openConnections(): Promise<number>
  close(): Promise<void>
}

/** A receiver that takes every alert, or does what it is told with them. Tokens it always gives. */
export async function startHttpCase(
  type: string,
  answer?: Answer,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Played & { readonly receiver: Receiver; alerts(): Received[] }> {
  const one = httpCases[type]!
  const isAlert = (path = '') => one.isAlert?.(path) ?? true
  const receiver = await startReceiver(
    (request, response) => {
      if (!isAlert(request.url)) {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"token_type":"Bearer","expires_in":3599,"access_token":"a-token"}')
      } else if (answer !== undefined) answer(request, response)
      else {
        const { status, body } = one.accepted ?? { status: 200 }
        response.writeHead(status).end(body)
      }
    },
    '127.0.0.1',
    tls,
  )
  const alerts = () => receiver.received.filter(({ path }) => isAlert(path))
  return {
    receiver,
    config: { type, name: 'mine', ...one.config(receiver.base), ...LOCAL },
    alerts,
    arrived: () => alerts().map((received) => one.key(received)),
    openConnections: receiver.openConnections,
    close: () => receiver.close(),
  }
}

async function startFile(): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'perimeter-sinks-'))
  const path = join(folder, 'alerts.ndjson')
  return {
    config: { type: 'file', name: 'mine', path },
    arrived: () =>
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    openConnections: async () => 0,
    close: async () => rmSync(folder, { recursive: true }),
  }
}

/** A receiver for a sink of any kind. */
export function startCase(type: string): Promise<Played> {
  return type === 'file' ? startFile() : startHttpCase(type)
}
