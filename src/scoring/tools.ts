/**
 * Tools: which actions a blueprint's members took up, when the first did, and how many have by now.
 *
 * Where several members take up the same new action within days, their kind has been given a tool: a
 * change of all, and no oddity of one. Known, as all that members share, from one epoch to the next.
 */
import { DAY_MS } from '../agent/context.ts'

interface Tool {
  firstMs: number
  members: number
}
/** By key of the action. */
export type Tools = Map<number, Tool>

/** Actions followed of a blueprint; of more, those taken up first are let go. */
const TOOLS_MAX = 256
/** A blueprint known for less time takes up everything it will ever do. */
const SETTLING_MS = 7 * DAY_MS
/** For so long after the first member a tool is a new one. */
const NEW_MS = 4 * DAY_MS
/** Members that must have taken it up: one or two may have been talked into it. */
const MEMBERS_MIN = 3

/** Takes in that a member did for the first time what it did not do before. */
export function noteTool(tools: Tools, action: number, atMs: number): void {
  join(tools, action, { firstMs: atMs, members: 1 })
}

/** Takes what `from` holds into `into`, whatever their order. */
export function mergeTools(into: Tools, from: Tools): void {
  for (const [action, tool] of from) join(into, action, tool)
}

function join(tools: Tools, action: number, { firstMs, members }: Tool): void {
  const known = tools.get(action)
  if (known !== undefined) {
    known.firstMs = Math.min(known.firstMs, firstMs)
    known.members += members
    return
  }
  tools.set(action, { firstMs, members })
  if (tools.size > TOOLS_MAX) tools.delete(oldest(tools))
}

function oldest(tools: Tools): number {
  let found = 0
  let firstMs = Number.POSITIVE_INFINITY
  for (const [action, tool] of tools) {
    if (tool.firstMs > firstMs || (tool.firstMs === firstMs && action > found)) continue
    found = action
    firstMs = tool.firstMs
  }
  return found
}

/** Whether an action is a tool that members of a blueprint, known since `sinceMs`, took up of late. */
export function isNewTool(tools: Tools, action: number, sinceMs: number, atMs: number): boolean {
  const tool = tools.get(action)
  if (tool === undefined || tool.members < MEMBERS_MIN) return false
  return tool.firstMs - sinceMs >= SETTLING_MS && atMs - tool.firstMs <= NEW_MS
}

export type SavedTools = (readonly [action: number, firstMs: number, members: number])[]

export function saveTools(tools: Tools): SavedTools {
  return [...tools]
    .sort(([a], [b]) => a - b)
    .map(([action, { firstMs, members }]) => [action, firstMs, members])
}

export function loadTools(saved: SavedTools): Tools {
  return new Map(saved.map(([action, firstMs, members]) => [action, { firstMs, members }]))
}
