/** Due: which agents of a partition are to be looked after at which hour, in memory; see `alert/overdue`. */
import { tenantKeyOf } from '../scoring/knowledge.ts'

/** Agents' keys by tenant and clock hour. */
export type Due = Map<string, Map<number, string[]>>
export type SavedDue = readonly (readonly [clockHour: number, keys: readonly string[]])[]

/** Adds an agent; it must not be on the list already. */
export function addDue(due: Due, key: string, clockHour: number): void {
  const tenantKey = tenantKeyOf(key)
  const hours = due.get(tenantKey) ?? new Map<number, string[]>()
  due.set(tenantKey, hours)
  const keys = hours.get(clockHour)
  if (keys === undefined) hours.set(clockHour, [key])
  else keys.push(key)
}

/** Takes the agents of a tenant off the list whose hour has come; in the order of their keys. */
export function takeDue(due: Due, tenantKey: string, clockHour: number): string[] {
  const hours = due.get(tenantKey)
  const taken: string[] = []
  if (hours === undefined) return taken
  for (const [hour, keys] of hours) {
    if (hour > clockHour) continue
    taken.push(...keys)
    hours.delete(hour)
  }
  return taken.sort()
}

export function saveDue(due: Due): SavedDue {
  return [...due.values()].flatMap((hours) => [...hours])
}

export function loadDue(saved: SavedDue): Due {
  const due: Due = new Map()
  for (const [clockHour, keys] of saved) for (const key of keys) addDue(due, key, clockHour)
  return due
}
