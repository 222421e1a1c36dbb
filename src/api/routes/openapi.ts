/** GET /openapi.json: what the HTTP interface is, for programs and those who write them. It needs no key. */
import type { FastifyInstance } from 'fastify'
import { type DescribedRoute, openapiOf } from '../openapi.ts'

/** Registers the route; it tells of all that are registered after this call. */
export function openapiRoute(app: FastifyInstance): void {
  const routes: DescribedRoute[] = []
  let document: ReturnType<typeof openapiOf> | undefined // once all routes are there, it stays as it is
  app.addHook('onRoute', ({ method, url, config }) => {
    const { role, operation } = config ?? {}
    // A HEAD that fastify makes of a GET has its operation too.
    if (operation === undefined || typeof method !== 'string' || method === 'HEAD') return
    routes.push({ method, url, role, operation })
  })
  app.get(
    '/openapi.json',
    {
      config: {
        operation: {
          id: 'describeInterface',
          summary: 'This document.',
          answers: {
            200: { about: 'OpenAPI 3.1', content: { 'application/json': { type: 'object' } } },
          },
        },
      },
    },
    async () => {
      document ??= openapiOf(routes)
      return document
    },
  )
}
