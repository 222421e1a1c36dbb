/**
 * The OpenAPI document of the HTTP interface: made from what each route says of itself under
 * `config.operation`, and from the schemas of what it answers. A test holds every route to say so.
 *
 * Source    "OpenAPI Specification v3.1.1"; its schemas are JSON Schema 2020-12, as zod writes it.
 */
import { z } from 'zod'
import { eventSchema } from '../event/event.ts'
import { ingestAnswerSchema, problemSchema, readinessSchema, rejectSchema } from './contract.ts'
import type { Role } from './keys.ts'

/** Of the interface, not of the package: it changes with what callers may rely on. */
const INTERFACE_VERSION = '1.0.0'

/** What a route says of itself. */
export interface Operation {
  /** One verb and what it is about, unique: `sendEvents`. */
  readonly id: string
  /** What it does, for a list of operations. */
  readonly summary: string
  /** Texts in the query or in headers, by name. */
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'query' | 'header'
    readonly about: string
    readonly values?: readonly string[]
  }[]
  /** By content type: what the body is. */
  readonly body?: Readonly<Record<string, Content>>
  /** By status. Problems are told in their own form, by the statuses under `problems`. */
  readonly answers: Readonly<Record<number, { readonly about: string } & Partial<AnswerBody>>>
  /** Statuses of problems, beside those that every such route has. */
  readonly problems?: readonly number[]
  /** Content types of problems, where they are not `application/problem+json`. */
  readonly problemContent?: Readonly<Record<string, Content>>
}

interface AnswerBody {
  readonly content: Readonly<Record<string, Content>>
}

/** A schema of the contract by its name, a JSON Schema of another's document, or bytes. */
export type Content = { readonly $ref: string } | Readonly<Record<string, unknown>>

/** A route as the server knows it. */
export interface DescribedRoute {
  readonly method: string
  readonly url: string
  readonly role: Role | undefined
  readonly operation: Operation
}

const SCHEMAS = {
  Event: eventSchema,
  IngestAnswer: ingestAnswerSchema,
  Problem: problemSchema,
  Readiness: readinessSchema,
  Reject: rejectSchema,
}

/** Refers to a schema of the contract. */
export const ref = (name: keyof typeof SCHEMAS): Content => ({
  $ref: `#/components/schemas/${name}`,
})

export function openapiOf(routes: readonly DescribedRoute[]) {
  const paths: Record<string, Record<string, unknown>> = {}
  const inOrder = [...routes].sort((a, b) => (a.url + a.method < b.url + b.method ? -1 : 1))
  for (const route of inOrder) {
    paths[route.url] = { ...paths[route.url], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Perimeter',
      version: INTERFACE_VERSION,
      description: 'Takes audit events of AI agents in, and says how it is.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8787', description: 'where it listens by default' }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        keyInUrl: {
          ...{ type: 'apiKey', in: 'query', name: 'key' },
          description: 'Where the key is allowed to (`inUrl`), for senders that can set no header.',
        },
      },
    },
  }
}

function operationOf({ role, operation }: DescribedRoute) {
  const { id, summary, parameters = [], body, answers } = operation
  return {
    operationId: id,
    summary,
    description: role === undefined ? 'Needs no key.' : `Needs a key of the role ${role}.`,
    security: role === undefined ? [] : [{ bearer: [] }, { apiKey: [] }, { keyInUrl: [] }],
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: { ...responsesOf(answers), ...problemsOf(operation, role) },
  }
}

function parameterOf({ name, in: place, about, values }: NonNullable<Operation['parameters']>[0]) {
  const schema = { type: 'string', ...(values === undefined ? {} : { enum: values }) }
  return { name, in: place, description: about, schema }
}

function responsesOf(answers: Operation['answers']) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { about, content }]) => [
      status,
      { description: about, ...(content === undefined ? {} : { content: contentOf(content) }) },
    ]),
  )
}

/** Why one is told a status; what went wrong with a request stands in the problem itself. */
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request or its body cannot be used.',
  401: 'No API key, or one that is not known.',
  403: 'The role of the API key does not allow it.',
  404: 'There is nothing here.',
  413: 'The body is too large.',
  415: 'The encoding or the type of the body is not known.',
  429: 'The tenant has had its share; nothing was taken.',
  500: 'The server failed; its log says why.',
  503: 'Too much waits, or Redis is away; nothing was taken.',
}
const RETRY_AFTER = {
  'Retry-After': { description: 'After so many seconds.', schema: { type: 'integer' } },
}

function problemsOf({ problems = [], problemContent }: Operation, role: Role | undefined) {
  const statuses = [...(role === undefined ? [] : [401, 403]), ...problems, 500]
  const content = contentOf(problemContent ?? { 'application/problem+json': ref('Problem') })
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: PROBLEMS[status],
        ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
        content,
      },
    ]),
  )
}

function contentOf(content: Readonly<Record<string, Content>>) {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]))
}

/** As they travel: what has a default may be left out of an event. */
function componentSchemas() {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id })
  const uri = (id: string) => `#/components/schemas/${id}`
  const { schemas } = z.toJSONSchema(registry, { uri, io: 'input' })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  )
}
