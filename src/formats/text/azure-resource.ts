/** What was acted on in Azure, as a path from the subscription down to the thing itself. */
import type { RawEvent } from '../../event/event.ts'
import { textAmong } from './azure-record.ts'
import { type Fields, resourceIdOf, textOf } from './fields.ts'

type Resource = RawEvent['resource']

/** Words of a resource's id that say which part comes next, and so nothing themselves. */
const MARKERS = new Set(['subscriptions', 'resourcegroups', 'providers'])
/** Things kept in a vault or a storage account, whose own addresses the logs give. */
const ADDRESS = /^(?:https?:)?\/\/([^/?#]+)\/?([^?#]*)/i

/**
 * `/SUBSCRIPTIONS/1A/RESOURCEGROUPS/PAY/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM1`
 * → `1a/pay/microsoft.compute/virtualmachines/vm1`, of the type `microsoft.compute/virtualmachines`
 *
 * Ids of resources have no case. What lies in a vault or a storage account is named by its address.
 */
export function azureResource(outer: Fields, properties: Fields): Resource | undefined {
  const id = textAmong(outer, 'resourceId', '_ResourceId')?.toLowerCase()
  const parts = (id ?? '').split('/').filter((part) => part !== '')
  const place = resourceIdOf(parts.filter((part) => !MARKERS.has(part)).join('/'))
  const type = typeOf(parts)
  const within = contentOf(outer, properties)
  if (within !== undefined) return { id: within, ...(type !== undefined && { type }) }
  if (place === undefined) return undefined
  return { id: place, type: type ?? (parts.length > 2 ? 'resourcegroup' : 'subscription') }
}

/** Of ids with several providers, an extension's on a resource, the last one's type. */
function typeOf(parts: readonly string[]): string | undefined {
  const at = parts.lastIndexOf('providers')
  const provider = parts[at + 1]
  if (at === -1 || provider === undefined) return undefined
  const kinds = parts.slice(at + 2).filter((_, index) => index % 2 === 0)
  return [provider, ...kinds].join('/').slice(0, 512)
}

function contentOf(outer: Fields, properties: Fields): string | undefined {
  const key = textOf(properties.objectKey, 2048)
  if (key !== undefined) return resourceIdOf(key.replace(/^\/+/, ''))
  const address = ADDRESS.exec(textOf(properties.id ?? outer.uri, 2048) ?? '')
  if (address === null) return undefined
  const [, host, path] = address
  return resourceIdOf([host?.toLowerCase(), path].filter(Boolean).join('/'))
}
